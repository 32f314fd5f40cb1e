//! What the host promises, tested through its doors with real guests.

mod application;
mod catalogue;
mod directory;
mod order;
mod stock;
