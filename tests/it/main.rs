//! What the host promises, tested through its doors with real guests.

mod architecture;
mod order;
mod readme;
