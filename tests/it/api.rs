//! The HTTP door, through a socket. Whatever it answers is compared with its own description.

mod accept;
mod admission;
mod change;
mod client;
mod described;
mod events;
mod log;
mod operator;
mod secret;

use client::{Api, Reply};
