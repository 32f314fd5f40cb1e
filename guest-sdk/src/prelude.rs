//! All a handler needs: `use tenterhook_sdk::prelude::*;`

#[cfg(feature = "http")]
pub use crate::http;
#[cfg(not(target_arch = "wasm32"))]
pub use crate::test;
pub use crate::{
    Deserialize, Error, Event, Mode, RawJson, RawObject, Result, Serialize, Verdict, accept, amend, clock,
    hook, hooks, log, platform, properties, property, property_or, replace, state, veto,
};
pub use serde_json::{Value, json};
