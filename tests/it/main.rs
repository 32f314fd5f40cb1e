//! What the host promises, tested through its doors with real guests.

#![allow(clippy::unwrap_used, reason = "a test that meets what it did not expect should stop there")]

mod access;
mod admission;
mod api;
mod application;
mod architecture;
mod around;
mod author;
mod catalogue;
mod cause;
mod command;
mod config;
mod console;
mod directory;
mod failures;
mod fault;
mod fidelity;
mod fuzz;
mod history;
mod isolation;
mod journal;
mod kill;
mod matching;
mod order;
mod platform;
mod power;
mod readme;
mod reload;
mod remote;
mod schedule;
mod secret;
mod seeing;
mod serve;
mod signed;
mod start;
mod state;
mod stock;
mod surroundings;
mod time;
mod told;
mod torture;
mod trail;
mod trip;
mod unavailable;
