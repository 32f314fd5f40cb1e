//! The HTTP door, through a socket. Whatever it answers is compared with its own description.

mod accept;
mod change;
mod client;
mod events;

use client::{Api, Reply};
