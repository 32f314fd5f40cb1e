//! The one module that knows wasmtime: from bytes to a sandboxed call.
//!
//! It knows events, verdicts and limits, and nothing of hooks directories, rosters or doors.

mod artifact;
mod capability;
mod child;
mod compile;
mod engine;
mod floor;
mod keeper;
mod load_error;
mod pool;
mod sandbox;
mod section;
mod structure;
mod verdict;

pub(crate) use artifact::Cache;
pub(crate) use capability::platform::Reach;
pub(crate) use child::main as compile_child;
pub(crate) use compile::{Compiler, Component, digest, inspect};
pub(crate) use engine::Engine;
pub use floor::Floor;
pub(crate) use keeper::Keeper;
pub(crate) use load_error::LoadError;
pub(crate) use pool::{Call, Pool, Report};
pub(crate) use sandbox::{Template, Usage};
#[cfg(feature = "cli")]
pub(crate) use section::with_manifest;
pub(crate) use section::{Section, manifest_section};
