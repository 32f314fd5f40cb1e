//! What the host promises, tested through its doors with real guests.

#![allow(clippy::unwrap_used, reason = "a test that meets what it did not expect should stop there")]

mod architecture;
mod command;
mod order;
mod readme;
