//! A hook host: sandboxed WebAssembly components veto, amend and react to an application's events.

#[cfg(test)]
extern crate self as tenterhook;

// Words: no input, no output.
pub mod problem;
pub mod limits;
pub mod data;
pub mod event;
pub mod outcome;
pub mod log;

// Rules: pure, but for reading text.
mod written;
pub mod filter;
pub mod catalogue;
pub mod envelope;
pub mod manifest;

// The machine: the one place that knows wasmtime.
mod machine;

// Motion: files, tasks, clocks.
mod directory;
mod good;
mod load;
mod trip;
pub mod roster;
mod dispatcher;
pub mod host;

// Doors.
#[cfg(feature = "cli")]
pub mod cli;

pub use event::Event;
pub use host::Host;
pub use outcome::Outcome;
