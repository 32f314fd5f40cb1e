//! The HTTP door, through a socket. Whatever it answers is compared with its own description.

mod client;
mod described;
mod events;
mod operator;

use client::{Api, Reply};
