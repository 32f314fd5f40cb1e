//! A hook host: sandboxed WebAssembly components veto, amend and react to an application's events.

#[cfg(test)]
extern crate self as tenterhook;

// Words: no input, no output.
pub mod data;
pub mod event;
pub mod limits;
pub mod log;
pub mod outcome;
pub mod problem;

// Rules: pure, but for reading text.
pub mod catalogue;
pub mod envelope;
pub mod filter;
pub mod manifest;
mod written;

// The machine: the one place that knows wasmtime.
mod machine;

// Motion: files, tasks, clocks.
mod directory;
mod dispatcher;
mod good;
pub mod host;
mod load;
pub mod roster;
mod trip;

pub use event::Event;
pub use host::Host;
pub use outcome::Outcome;
