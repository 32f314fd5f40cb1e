//! Write Tenterhook hooks in Rust.
//!
//! A hook is a small WebAssembly component that the host asks before something happens, or tells after it
//! has happened. This crate makes one out of a function.
//!
//! The [`guide`] goes from an empty folder to a hook that others run: [first hook](guide::first_hook),
//! [testing](mod@guide::testing), [properties and state](guide::properties_and_state), [limits](guide::limits),
//! [versions](guide::versions), [publishing](guide::publishing). This page is the whole at a glance.
//!
//! # A first hook
//!
//! ```
//! use tenterhook_sdk::prelude::*;
//!
//! #[derive(Deserialize)]
//! struct Server {
//!     cpu: u32,
//! }
//!
//! #[hook(on = "cloud.pre_create", option = "SERVER", priority = 10)]
//! fn server_quota(event: Event<Server>) -> Verdict {
//!     if event.data.cpu > 16 {
//!         return veto("quota.cpu", "at most 16 CPUs");
//!     }
//!     accept()
//! }
//! ```
//!
//! The event's data is read into whatever type the handler names; data that does not fit fails the hook, and
//! the host applies its failure policy. The answer is [`accept`], [`amend`] with a merge patch, [`replace`]
//! with whole new data, or [`veto`] with a code and a reason. A handler that can fail returns
//! `Result<Verdict>`, and `?` works on every error that can be displayed.
//!
//! The event, its facets and their values are checked when the hook is compiled:
//!
//! ```compile_fail
//! # use tenterhook_sdk::prelude::*;
//! #[hook(on = "cloud.pre_creat", priority = 10)] // unknown event, did you mean "cloud.pre_create"?
//! fn quota(event: Event) -> Verdict {
//!     accept()
//! }
//! ```
//!
//! # Building
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! tenterhook-sdk = "0.1"
//!
//! [profile.release]
//! opt-level = "s"
//! lto = true
//! strip = true
//! ```
//!
//! `cargo build --target wasm32-wasip2 --release` yields a component ready to load: what the attribute says is
//! written into it. Deriving `Deserialize` and `Serialize` needs no serde in `Cargo.toml`; a crate that does
//! depend on serde may as well use its own derives.
//!
//! # Several handlers
//!
//! A component is one hook, but may have several handlers, each with its own type of data.
//!
//! ```
//! #[tenterhook_sdk::hooks(name = "Quota", priority = 10)]
//! mod quota {
//!     use tenterhook_sdk::prelude::*;
//!
//!     #[derive(Deserialize)]
//!     struct Server {
//!         cpu: u32,
//!     }
//!
//!     #[derive(Deserialize)]
//!     struct Disk {
//!         size: u64,
//!     }
//!
//!     #[on("cloud.pre_create", option = "SERVER")]
//!     fn server(event: Event<Server>) -> Verdict {
//!         if event.data.cpu > 16 { veto("quota.cpu", "at most 16 CPUs") } else { accept() }
//!     }
//!
//!     #[on(["cloud.pre_create", "cloud.pre_modify"], option = "DISK")]
//!     fn disk(event: Event<Disk>) -> Verdict {
//!         if event.data.size > 500 { veto("quota.disk", "at most 500 GB") } else { accept() }
//!     }
//! }
//! ```
//!
//! # Properties
//!
//! Operators configure a hook by its properties. One that is set wrong is an error, never a default:
//! a guard whose limit cannot be read must not let everything through.
//!
//! ```
//! use tenterhook_sdk::prelude::*;
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Limits {
//!     max_cpus: u32,
//!     exempt: Option<Vec<String>>,
//! }
//!
//! #[hook(on = "cloud.pre_create", option = "SERVER", priority = 10, properties(max_cpus = 16))]
//! fn server_quota(event: Event) -> Result<Verdict> {
//!     let limits: Limits = properties()?; // all at once, or one by one:
//!     let max = property_or("max_cpus", 16)?;
//!     let exempt: Option<Vec<String>> = property("exempt")?;
//!     # let _ = (limits.max_cpus, limits.exempt, max, exempt);
//!     Ok(accept())
//! }
//! ```
//!
//! # Log and clock
//!
//! ```
//! use tenterhook_sdk::prelude::*;
//!
//! #[hook(on = "cloud.post_auth", option = "FAILURE", priority = 100)]
//! fn watch_logins(event: Event) -> Verdict {
//!     log::warn!("failed login of {:?}, seen at {}", event.subject, clock::unix_ms());
//!     accept()
//! }
//! ```
//!
//! # State
//!
//! What a hook keeps between events, where its operator grants it; see [`mod@state`].
//!
//! ```
//! use tenterhook_sdk::prelude::*;
//!
//! #[hook(on = "cloud.post_create", option = "SERVER", priority = 100)]
//! fn count_servers(event: Event) -> Result<Verdict> {
//!     let servers = state::increment("servers", 1)?;
//!     log::info!("{servers} servers were created");
//!     Ok(accept())
//! }
//! ```
//!
//! # Schedules
//!
//! A hook of `cloud.scheduled` says when it is run; its operator may say otherwise.
//!
//! ```
//! use tenterhook_sdk::prelude::*;
//!
//! #[hook(on = "cloud.scheduled", priority = 100, schedule(cron = "0 3 * * *", timezone = "Europe/Berlin"))]
//! fn nightly(event: Event) -> Verdict {
//!     log::info!("it is {}", event.data["due"]);
//!     accept()
//! }
//! ```
//!
//! # The application
//!
//! [`platform::call`] asks the application for something, or has it do something, as far as the hook's operator grants
//! it.
//!
//! # Testing
//!
//! A handler stays a plain function. Natively, [`mod@test`] stands in for the host:
//!
//! ```
//! use tenterhook_sdk::prelude::*;
//!
//! #[derive(Deserialize)]
//! struct Server {
//!     cpu: u32,
//! }
//!
//! #[hook(on = "cloud.pre_create", option = "SERVER", priority = 10)]
//! fn server_quota(event: Event<Server>) -> Result<Verdict> {
//!     let max = property_or("max_cpus", 16)?;
//!     Ok(if event.data.cpu > max { veto("quota.cpu", format!("at most {max} CPUs")) } else { accept() })
//! }
//!
//! let event = test::event("cloud.pre_create").facet("option", "SERVER").data(json!({"cpu": 9}));
//! let mut host = test::Host::new().property("max_cpus", 8);
//! assert_eq!(host.run(|| server_quota(event)), Ok(veto("quota.cpu", "at most 8 CPUs")));
//! ```
//!
//! # Own events
//!
//! An application's own events stand in a catalogue file, the same that its operator gives to the host:
//! `#[hook(on = "shop.pre_order", catalogue = "shop.toml", priority = 10)]`.

pub mod bindings;
pub mod clock;
#[doc(hidden)]
pub mod dispatch;
mod error;
mod event;
#[cfg(all(feature = "http", target_arch = "wasm32"))]
mod exchange;
#[cfg(any(doc, doctest))]
pub mod guide;
#[cfg(feature = "http")]
pub mod http;
pub mod log;
pub mod platform;
pub mod prelude;
mod property;
mod raw;
pub mod state;
#[cfg(not(target_arch = "wasm32"))]
pub mod test;
mod verdict;

pub use error::{Error, Result};
pub use event::{Event, Mode};
pub use property::{PropertyError, properties, property, property_or};
pub use raw::{RawJson, RawObject};
pub use state::StateError;
pub use tenterhook_sdk_macros::{Deserialize, Serialize, hook, hooks};
pub use verdict::{IntoAnswer, Verdict, accept, amend, replace, veto};

// The traits beside the derives of the same name.
pub use serde::{self, de::Deserialize, ser::Serialize};
pub use serde_json;
