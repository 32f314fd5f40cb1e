//! The vocabulary of the integration tests: given hooks in a directory, when an application raises an event,
//! then the outcome says this.
//!
//! ```no_run
//! # async fn example() {
//! use tenterhook_tests::Given;
//!
//! let world = Given::new().hook("quota", "veto", "priority = 1").hook("late", "accept", "priority = 2").start().await;
//! world.create().await.vetoed_by("quota", "no").trail(&["quota veto", "late skipped"]);
//! # }
//! ```
//!
//! [`Run`] is for what somebody types: a command line, and how it ended.
//!
//! [`Browser`] is for what somebody sees: a page in a real browser.
//!
//! [`History`] is for what may be killed: whether what was promised was kept, over many lives of a service.
//!
//! Guests are built from source, once, by `guest`. Hooks have all the time in the world unless a test is about
//! time: a busy machine must not fail a test of something else.

mod answer;
mod ask;
mod browser;
mod desk;
mod given;
mod guest;
mod history;
mod language;
mod ledger;
mod live;
mod nats;
mod outside;
mod run;
mod served;
mod shelf;
mod smith;
mod target;
mod teller;
mod until;
mod world;

pub use answer::Answer;
pub use ask::Ask;
pub use browser::{Browser, Key};
pub use desk::Desk;
pub use given::Given;
pub use guest::{guest, plugin};
pub use history::{Fault, History, Life, Seen};
pub use language::{Language, language_guest, languages, toolchain};
pub use ledger::{DATABASE, Ledger, Stands, copy_journal, integrity};
pub use live::Live;
pub use nats::{NatsMessage, NatsServer, Subscriber};
pub use outside::{Disk, Failing, has_program};
pub use run::{Ended, Run};
pub use served::{Reply, Request, Served};
pub use shelf::{Shelf, script_toml};
pub use smith::{mutated, smithed};
pub use target::{Got, Target};
pub use teller::{Numbered, Teller, Told, agent, seen};
pub use until::until;
pub use world::World;
