//! A changed hook goes live without a restart and without one failed call; a bad one does not.

mod file;
mod follow;
mod good;
mod link;
pub(crate) mod probation;
mod swap;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use tenterhook::roster::Hook;
use tenterhook_tests::{World, until};
use wasm_encoder::{ComponentSection, CustomSection};

/// A guest's component in another version: the same code, another digest.
pub(crate) fn version(guest: &str, number: usize) -> Vec<u8> {
    let mut bytes = fs::read(tenterhook_tests::guest(guest)).unwrap();
    let data = number.to_string().into_bytes();
    CustomSection { name: "version".into(), data: data.into() }.append_to_component(&mut bytes);
    bytes
}

/// Writes a file beside its place and renames it to it.
pub(crate) fn put(path: &Path, bytes: impl AsRef<[u8]>) {
    let temporary = path.with_extension("new");
    fs::write(&temporary, bytes).unwrap();
    fs::rename(temporary, path).unwrap();
}

/// Puts a file into the hooks directory.
fn put_in(world: &World, name: &str, bytes: impl AsRef<[u8]>) {
    put(&world.given().hooks().join(name), bytes);
}

/// A hook that is at work by now.
#[track_caller]
fn hook(world: &World, id: &str) -> Arc<Hook> {
    Arc::clone(world.host.roster().hook(id).unwrap_or_else(|| panic!("there is no hook {id:?}")))
}

/// What is wrong by now, without the path of the hooks directory.
fn problems(world: &World) -> Vec<String> {
    let directory = format!("{}/", world.given().hooks().display());
    let roster = world.host.roster();
    roster.problems.iter().map(|problem| problem.to_string().replace(&directory, "")).collect()
}

/// Why a hook runs an earlier version than its files hold.
fn held_back(world: &World, id: &str) -> Option<String> {
    world.host.roster().held_back(id).map(str::to_owned)
}

/// Waits until another roster is at work than that of this number.
#[track_caller]
fn until_after(world: &World, generation: u64) -> impl Future<Output = ()> {
    until("another roster is at work", move || world.host.roster().generation > generation)
}
