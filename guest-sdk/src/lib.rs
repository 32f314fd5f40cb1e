//! Write Tenterhook hooks in Rust.

pub mod bindings;
pub mod clock;
#[doc(hidden)]
pub mod dispatch;
mod error;
mod event;
pub mod log;
pub mod prelude;
mod property;
#[cfg(not(target_arch = "wasm32"))]
pub mod test;
mod verdict;

pub use error::{Error, Result};
pub use event::{Event, Mode, RawJson};
pub use property::{PropertyError, properties, property, property_or};
pub use tenterhook_sdk_macros::{Deserialize, Serialize, hook, hooks};
pub use verdict::{IntoAnswer, Verdict, accept, amend, replace, veto};
// The derives of the macros beside the traits they implement.
pub use serde::{self, de::Deserialize, ser::Serialize};
pub use serde_json;
