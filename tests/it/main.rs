//! What the host promises, tested through its doors with real guests.

mod architecture;
mod failures;
mod fidelity;
mod isolation;
mod matching;
mod order;
mod plugins;
mod power;
mod readme;
mod start;
mod surroundings;
mod time;
mod told;
mod trail;
mod trip;
mod unavailable;
