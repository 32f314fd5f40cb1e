//! The one module that knows wasmtime: from bytes to a sandboxed call.
//!
//! It knows events, verdicts and limits, and nothing of hooks directories, rosters or doors.

mod capability;
mod compile;
mod engine;
mod keeper;
mod pool;
mod sandbox;
mod section;
mod verdict;

pub(crate) use compile::{Component, digest};
pub(crate) use engine::Engine;
pub(crate) use keeper::Keeper;
pub(crate) use pool::{Call, Pool, Report};
pub(crate) use sandbox::{Template, Usage};
pub(crate) use section::{Section, manifest_section};
