//! A program that a hook runs, against starting the same program, feeding it and waiting for it.

use crate::measure::{Table, median};
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use tempfile::TempDir;
use tenterhook::{Event, Host};
use tokio::runtime::Builder;

const CALLS: usize = 2000;
const INPUT: &[u8] =
    br#"{"specversion":"1.0","id":"1","source":"bench","type":"cloud.pre_create","data":{"cpu":4}}"#;

pub(crate) fn run(table: &mut Table) {
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    let shelf = TempDir::new().expect("there is room");
    // Programs may run as somebody else.
    fs::set_permissions(shelf.path(), Permissions::from_mode(0o755)).expect("it has an owner");
    let shell = put(shelf.path(), "shell", b"#!/bin/sh\nread -r event\nexit 0\n");
    let binary = put(shelf.path(), "binary", &fs::read("/bin/true").expect("there is /bin/true"));
    for (what, path) in
        [("shell script asked, against a bare start of it", &shell), ("program asked, the same", &binary)]
    {
        let host = runtime.block_on(host(shelf.path(), path));
        let (mut bare, mut hook) = (Vec::with_capacity(CALLS), Vec::with_capacity(CALLS));
        // In turns, so that whatever else this machine does meets both.
        for turn in 0..CALLS + 50 {
            let (one, other) = (spawned(path), runtime.block_on(asked(&host)));
            if turn >= 50 {
                bare.push(one);
                hook.push(other);
            }
        }
        table.ratio(what, median(hook), median(bare), 1.3);
    }
}

fn put(folder: &Path, name: &str, content: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, content).expect("it can be written");
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("it has an owner");
    path.display().to_string()
}

async fn host(shelf: &Path, program: &str) -> Host {
    let hooks = TempDir::new().expect("there is room");
    let toml = format!(
        "class = 'script'\nname = 'h'\ntype = 'cloud'\npriority = 1\non = [{{ event = 'cloud.pre_create' }}]\n\
         properties.path = '{program}'\nlimits.deadline = '10s'\n"
    );
    fs::write(hooks.path().join("h.toml"), toml).expect("it can be written");
    let builder = Host::builder().hooks(hooks.path()).scripts([shelf]);
    let mut limits = tenterhook::limits::HostLimits::default();
    limits.budget = std::time::Duration::from_secs(10);
    let host = builder.limits(limits).warden(env!("CARGO_BIN_EXE_tenterhook"), ["__warden"]).start().await;
    let host = host.expect("the host starts");
    assert!(host.roster().hooks().all(|hook| hook.unavailable().is_none()), "the hook loads");
    host
}

/// Microseconds to start the program, write to it, read what it prints and wait for its end.
fn spawned(path: &str) -> f64 {
    let began = Instant::now();
    let mut command = Command::new(path);
    command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    // It may not read at all.
    let _ = child.stdin.take().expect("it is piped").write_all(INPUT);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    began.elapsed().as_secs_f64() * 1e6
}

async fn asked(host: &Host) -> f64 {
    let event = Event::new("cloud.pre_create", "bench").facet("option", "SERVER");
    let event = event.data(&serde_json::json!({ "cpu": 4 })).expect("it is JSON");
    let began = Instant::now();
    let outcome = host.ask(event).await.expect("it is asked");
    assert!(outcome.data().is_ok(), "{outcome:?}");
    began.elapsed().as_secs_f64() * 1e6
}
