//! Bombs: small files within every structural limit that keep a compiler busy, or fill its memory.

use super::made::{self, Made, body};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tenterhook::{Event, Host};
use tenterhook_tests::Given;
use wasm_encoder::{BlockType, Function, MemArg};

const BINARY: &str = env!("CARGO_BIN_EXE_tenterhook-under-test");

/// A loop with `n` ways back to its beginning, each of which carries every local.
fn backward(locals: u32, n: u32) -> Function {
    body(locals, |code| {
        code.loop_(BlockType::Empty);
        for i in 0..n {
            code.local_get(i % locals).i32_const(1).i32_add().local_set((i * 7 + 1) % locals);
            code.local_get(i % locals).br_if(0);
        }
        code.end();
    })
}

/// A straight line of `n` branches, over all of which every local is needed.
fn needed(locals: u32, n: u32) -> Function {
    let at = |index: u32| MemArg { offset: u64::from(index) * 4, align: 0, memory_index: 0 };
    body(locals, |code| {
        for i in 0..locals {
            code.i32_const(8).i32_load(at(i)).local_set(i);
        }
        for i in 0..n {
            code.local_get(i % locals).if_(BlockType::Empty);
            code.i32_const(16).local_get((i * 3 + 1) % locals).i32_store(at(0)).end();
        }
        for i in 0..locals {
            code.i32_const(8).local_get(i).i32_store(at(i));
        }
    })
}

/// `n` modules that say what two bytes of their memory are, far from each other: compiled, all that is between
/// them is written out.
fn sparse(n: usize) -> Vec<u8> {
    let data = vec![(0, vec![1]), (15 << 20, vec![1])];
    let module = Made { pages: 256, data, ..Made::new() }.module();
    Made::new().component_with(|component, _| {
        for _ in 0..n {
            component.core_module(None, &module);
        }
    })
}

fn with(idle: Vec<Function>) -> Vec<u8> {
    Made { idle, ..Made::new() }.component()
}

/// Takes more than ten seconds with optimisation, one in a single pass.
fn slow() -> Vec<u8> {
    with(vec![backward(2000, 4000)])
}

/// Hooks without a flaw, before and after the bombs.
fn innocent() -> Given {
    let given = made::hook(Given::new(), "aaa", Made::new().component());
    made::hook(given, "zzz", Made { pages: 3, ..Made::new() }.component())
}

/// The most memory that a command had in use, and what it printed.
fn watched(mut command: Command) -> (u64, Vec<u8>) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    (peak, child.wait_with_output().unwrap().stdout)
}

fn check(given: &Given) -> (u64, serde_json::Value) {
    let cache = TempDir::new().unwrap();
    let mut command = Command::new(BINARY);
    command.arg("check").arg(given.hooks()).args(["--json", "--state"]).arg(given.data());
    command.arg("--cache").arg(cache.path());
    let (kib, out) = watched(command);
    (kib, serde_json::from_slice(&out).unwrap())
}

#[test]
fn bombs_are_refused_by_kind_their_neighbours_load_and_the_host_stays_small() {
    let (quiet, found) = check(&innocent());
    assert_eq!(found["problems"].as_array().unwrap().len(), 0, "{found}");

    let bombs = [
        ("time", with(vec![backward(500, 60_000)]), "compile-time"),
        ("memory", with(vec![needed(2000, 10_000)]), "compile-memory"),
        ("size", sparse(10), "artifact-size"),
    ];
    let mut given = innocent();
    for (id, component, _) in &bombs {
        assert!(component.len() < 1_000_000, "{id}: {} bytes", component.len());
        given = made::hook(given, id, component);
    }
    let (kib, found) = check(&given);
    let problems = found["problems"].as_array().unwrap().iter();
    let kinds: Vec<_> = problems.map(|problem| (text(&problem["file"]), text(&problem["kind"]))).collect();
    let file = |id: &str| given.hooks().join(format!("{id}.wasm")).display().to_string();
    let mut expected: Vec<_> = bombs.iter().map(|(id, _, kind)| (file(id), (*kind).to_owned())).collect();
    expected.sort();
    assert_eq!(kinds, expected, "{found:#}");
    assert!(kib < quiet + 100 * 1024, "{kib} KiB while bombs were compiled, {quiet} KiB without them");
}

#[tokio::test]
async fn what_takes_too_long_to_optimise_runs_as_it_comes_from_a_single_pass() {
    let (given, folder) = (made::hook(innocent(), "slow", slow()), TempDir::new().unwrap());
    let (script, tiers) = (folder.path().join("compiler"), folder.path().join("tiers"));
    // Notes who wants what before it does it.
    let note = format!("echo $1 >> '{}'", tiers.display());
    fs::write(&script, format!("#!/bin/sh\n{note}\nexec '{BINARY}' __compile $1\n")).unwrap();
    let start = |program: &str, argument: &Path| {
        let builder = Host::builder().hooks(given.hooks()).cache(folder.path().join("cache"));
        builder.compiler(program, [argument]).start()
    };
    for _ in 0..2 {
        let host = start("/bin/sh", &script).await.unwrap();
        let event = Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
        let outcome = host.ask(event).await.unwrap();
        let accepted = outcome.trail.iter().filter(|line| line.failure.is_none()).count();
        assert_eq!((accepted, outcome.trail.len()), (3, 3), "{:#?}", outcome.trail);
        // Compiled once: what a single pass made is kept like anything else.
        let mut tiers: Vec<String> = fs::read_to_string(&tiers).unwrap().lines().map(str::to_owned).collect();
        tiers.sort();
        assert_eq!(tiers, ["optimised", "optimised", "optimised", "single-pass"]);
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
