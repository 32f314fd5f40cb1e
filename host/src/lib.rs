//! A hook host: sandboxed WebAssembly components veto, amend and react to an application's events.
//!
//! An application tells the host what is about to happen and what has happened. Operators and
//! customers put *hooks* to work on these events. A bad hook can never slow, corrupt or stop the
//! application: it is bounded in fuel, memory, time and output, and a hook that fails is a line in the
//! outcome.
//!
//! ```
//! use tenterhook::{Event, Host, host::Finished};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // `.hooks("hooks")` names the directory that hooks are read from; without it there are none.
//! let host = Host::builder().start().await?;
//!
//! // Something is about to happen: ask, and go by the outcome.
//! let event = Event::new("cloud.pre_create", "orchestrator")
//!     .facet("option", "SERVER")
//!     .subject("vdc-7")
//!     .data(&serde_json::json!({ "cpu": 4 }))?;
//! match host.ask(event).await?.data() {
//!     Ok(data) => println!("create it as {data}"),
//!     Err(veto) => println!("refused: {}", veto.reason),
//! }
//!
//! // Or let the host keep the order: asked, done, told.
//! let pre = Event::new("cloud.pre_purchase", "shop").subject("order-1");
//! let finished = host
//!     .around(pre, async |_data| Ok::<_, std::io::Error>("receipt-1"))
//!     .post(
//!         |receipt| Event::new("cloud.post_purchase", "shop").subject(*receipt),
//!         |_error| None, // a failed purchase has no post event
//!     )
//!     .await?;
//! assert!(matches!(finished, Finished::Ran { result: Ok("receipt-1"), .. }));
//! # Ok(()) }
//! ```
//!
//! # The parts, in reading order
//!
//! | layer | modules | absences |
//! |---|---|---|
//! | words | [`problem`], [`limits`], [`data`], [`event`], [`outcome`], [`log`], [`trace`], [`platform`], [`nats`] | no input, no output |
//! | rules | [`admission`], `written`, `cause`, [`filter`], [`catalogue`], [`envelope`], [`schedule`], [`manifest`], `memory`, `config` | pure, but for reading text |
//! | machine | `process`, `egress`, `machine` | wasmtime is named only here |
//! | motion | `directory`, `good`, `secret`, `program`, `stamp`, `keys`, `rejected`, `stopped`, `load`, `runner`, `trip`, [`stats`], [`roster`], [`store`], `dispatcher`, [`deliveries`], `record`, `reload`, [`host`], [`view`], `change`, `webhook` | files, tasks, clocks |
//! | doors | `fuzz`, `console`, `api`, `cli` | axum only in `console` and `api`, only `cli` prints, only `main` exits |
//!
//! A module imports only modules declared above it, and a test checks that.
//!
//! # Features
//!
//! `cli` (default) is the command line with everything it needs, `api` (default) the service; without them the
//! library names no crate of a command line or a server. `javascript` (default) has hooks in JavaScript: building it
//! compiles their engine, for which it needs the target `wasm32-wasip2`.

// Words: no input, no output.
pub mod problem;
pub mod limits;
pub mod data;
pub mod event;
pub mod outcome;
pub mod log;
pub mod trace;
pub mod platform;
pub mod nats;

// Rules: pure, but for reading text.
pub mod admission;
mod written;
mod cause;
pub mod filter;
pub mod catalogue;
pub mod envelope;
pub mod schedule;
pub mod manifest;
mod memory;
#[cfg(feature = "api")]
pub mod config;

// The machine: the one place that knows wasmtime, and what reaches outside.
mod process;
mod egress;
mod machine;

// Motion: files, tasks, clocks.
mod directory;
mod good;
mod secret;
mod program;
mod stamp;
mod keys;
mod rejected;
mod stopped;
mod load;
mod runner;
mod trip;
pub mod stats;
pub mod roster;
pub mod store;
mod dispatcher;
pub mod deliveries;
mod record;
mod reload;
pub mod host;
pub mod view;
#[cfg(any(feature = "api", feature = "cli"))]
mod change;
#[cfg(feature = "api")]
mod webhook;

// Doors.
#[doc(hidden)]
pub mod fuzz;
#[cfg(feature = "api")]
mod console;
#[cfg(feature = "api")]
pub mod api;
#[cfg(feature = "cli")]
pub mod cli;

#[doc(hidden)]
pub use machine::Floor;

pub use event::Event;
pub use host::Host;
pub use outcome::Outcome;
