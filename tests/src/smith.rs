//! Wasm made of noise by `tests/fuzz/smith`, which is built once per test run.

use crate::guest::{command, succeed, target_directory, workspace};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Components made of noise alone, at most this many.
#[track_caller]
pub fn smithed(count: u64) -> Vec<Vec<u8>> {
    ask(Command::new(built()).args(["smith", &count.to_string()]))
}

/// Components whose code is changed in ways that keep it wasm, at most this many.
#[track_caller]
pub fn mutated(count: u64, components: &[PathBuf]) -> Vec<Vec<u8>> {
    ask(Command::new(built()).args(["mutate", &count.to_string()]).args(components))
}

#[track_caller]
fn ask(smith: &mut Command) -> Vec<Vec<u8>> {
    let output = succeed(smith, "the smith fails").unwrap_or_else(|reason| panic!("{reason}"));
    let mut rest = output.stdout.as_slice();
    let mut made = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (wasm, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        made.push(wasm.to_owned());
        rest = after;
    }
    made
}

#[track_caller]
fn built() -> PathBuf {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BUILT.get_or_init(build) {
        Ok(program) => program.clone(),
        Err(reason) => panic!("{reason}"),
    }
}

fn build() -> Result<PathBuf, String> {
    let target = target_directory("smith");
    let mut cargo = command("CARGO", "cargo");
    cargo.args(["build", "--locked", "--target-dir"]).arg(&target);
    cargo.current_dir(workspace().join("tests/fuzz/smith"));
    succeed(&mut cargo, "the smith does not build")?;
    Ok(target.join("debug/tenterhook-smith"))
}
