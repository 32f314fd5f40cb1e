//! The one module that knows wasmtime: from bytes to a sandboxed call.
//!
//! It knows events, verdicts and limits, and nothing of hooks directories, rosters or doors.

#[cfg(feature = "cli")]
mod anatomy;
mod annex;
mod artifact;
mod backtrace;
mod capability;
mod child;
mod compile;
mod engine;
#[cfg(feature = "cli")]
mod flame;
mod floor;
mod keeper;
mod lines;
mod load_error;
mod pool;
mod sandbox;
mod section;
mod structure;
mod verdict;

#[cfg(feature = "cli")]
pub(crate) use anatomy::Anatomy;
pub(crate) use artifact::Cache;
#[cfg(feature = "cli")]
pub(crate) use capability::Reached;
pub(crate) use capability::platform::Reach;
pub(crate) use child::main as compile_child;
#[cfg(feature = "cli")]
pub(crate) use compile::CONTRACT;
pub(crate) use compile::{Compiler, Component, digest, inspect};
pub(crate) use engine::Engine;
#[cfg(feature = "cli")]
pub(crate) use flame::Flame;
pub use floor::Floor;
pub(crate) use keeper::Keeper;
pub(crate) use load_error::LoadError;
pub(crate) use pool::{Call, Pool, Remark, Report};
pub(crate) use sandbox::{Template, Usage};
#[cfg(feature = "cli")]
pub(crate) use section::with_manifest;
pub(crate) use section::{Section, manifest_section};
