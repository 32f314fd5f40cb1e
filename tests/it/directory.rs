//! What a hooks directory may hold, what becomes of it, and what is said about everything that is wrong with it.

mod check;
mod component;
mod digest;
mod field;
mod file;
mod golden;
mod guard;
mod id;
mod pair;
mod schedule;
mod shared;

use std::fs;
use tenterhook::Host;
use tenterhook::limits::HostLimits;
use tenterhook::roster::{Hook, Roster};
use tenterhook_tests::{Given, World};

/// Reads and compiles everything, and runs nothing.
fn check(given: &Given) -> Roster {
    let mut limits = HostLimits::default();
    limits.concurrency = 4;
    let builder = Host::builder().hooks(given.hooks()).data(given.data());
    builder.limits(limits).check().expect("the directory can be opened")
}

/// What is wrong with a directory, without its path.
fn problems(given: &Given) -> Vec<String> {
    let directory = format!("{}/", given.hooks().display());
    let problems = check(given).problems;
    let problems = problems.iter().map(|problem| problem.to_string());
    problems.map(|text| text.replace(&directory, "")).collect()
}

/// A hook of the roster.
#[track_caller]
fn hook<'a>(roster: &'a Roster, id: &str) -> &'a Hook {
    let mut hooks = roster.hooks();
    let hook = hooks.find(|hook| &*hook.manifest().id == id);
    hook.unwrap_or_else(|| panic!("there is no hook {id:?}"))
}

/// The ids of all hooks in their order.
fn ids(roster: &Roster) -> Vec<&str> {
    roster.hooks().map(|hook| &*hook.manifest().id).collect()
}

/// Why a hook cannot run.
#[track_caller]
fn reason<'a>(world: &'a World, id: &str) -> &'a str {
    let reason = hook(&world.roster, id).unavailable();
    reason.unwrap_or_else(|| panic!("{id} is available"))
}

/// The bytes of a test guest.
fn bytes(guest: &str) -> Vec<u8> {
    fs::read(tenterhook_tests::guest(guest)).expect("the guest was built")
}

/// A component with nothing in it: no hook, but quick to refuse.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

/// A component that says this of itself, whatever is nested in it: a manifest at the top level comes first.
fn saying(component: &[u8], manifest: &str) -> Vec<u8> {
    let name = "tenterhook:manifest";
    let mut content = length(name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(manifest.as_bytes());
    let mut component = component.to_owned();
    component.push(0);
    component.extend(length(content.len()));
    component.extend(content);
    component
}

/// A length as wasm writes it: LEB128.
fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(length & 0x7f).expect("seven bits fit");
        length >>= 7;
        if length == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
