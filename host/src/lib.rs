//! A hook host.

#[cfg(test)]
extern crate self as tenterhook;

pub mod problem;
pub mod limits;
pub mod data;
pub mod event;
pub mod outcome;
pub mod log;

mod written;
pub mod filter;
pub mod catalogue;
pub mod envelope;
pub mod manifest;

mod machine;

pub use event::Event;
