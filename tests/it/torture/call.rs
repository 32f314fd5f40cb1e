//! Stopped at a call: guests that wear the host down call by call, and what remains of them.

use super::made::{self, Made, body, forever};
use std::process::{Command, Stdio};
use tenterhook::outcome::Failure;
use tenterhook_tests::{Answer, Given, World, until};
use wasm_encoder::BlockType;

async fn pester(what: &str, times: u32, limits: &str) -> Answer {
    let toml = format!(
        "on_failure = 'accept'\npriority = 1\n[properties]\nwhat = '{what}'\ntimes = {times}\n[limits]\n{limits}"
    );
    let given = Given::new().hook("a", "pester", &toml).hook("last", "accept", "priority = 2");
    let world = given.start().await.without_problems();
    let answer = world.create().await;
    answer.accepted();
    assert_eq!(answer.line("last").failure, None);
    let bytes: usize = world.log().iter().map(|line| line.message.len()).sum();
    assert!(bytes < 17 * 1024, "{bytes} bytes of log");
    answer
}

#[tokio::test]
async fn a_loop_of_host_calls_ends_like_any_other() {
    for what in ["property", "log", "time", "wait"] {
        let answer = pester(what, 1_000_000_000, "fuel = 5_000_000").await;
        answer.failed("a", Failure::Fuel, "its fuel was used up");
        let answer = pester(what, 1_000_000_000, "fuel = 1_000_000_000_000\ndeadline = '200ms'").await;
        answer.failed("a", Failure::Deadline, "still running at its deadline");
    }
    // A few are nothing special.
    assert!(!pester("time", 1_000, "").await.outcome.failed());
}

#[tokio::test]
async fn what_a_guest_never_gives_back_is_bounded() {
    assert!(!pester("wait", 100_000, "fuel = 1_000_000_000_000").await.outcome.failed());
    assert!(!pester("leak", 400, "").await.outcome.failed());
    let answer = pester("leak", 100_000, "fuel = 1_000_000_000_000").await;
    answer.failed("a", Failure::Trap, "table has no free keys");
}

#[tokio::test]
async fn a_hook_sees_neither_the_properties_nor_the_log_of_another_of_its_component() {
    let toml = |own: &str, priority: u32| {
        format!(
            "component = 'shared.wasm'\npriority = {priority}\n[properties]\n{own} = 'secret of {own}'\n[limits]\ndeadline = '20s'\n"
        )
    };
    for isolation in ["fresh", "warm"] {
        let isolated = |own: &str, priority| format!("isolation = '{isolation}'\n{}", toml(own, priority));
        let given = Given::new().component("shared", &tenterhook_tests::guest("properties"));
        let given = given.toml("a", &isolated("a", 1)).toml("b", &isolated("b", 2));
        let world = given.start().await.without_problems();
        for _ in 0..3 {
            // Each replaces the data by all it can see; the last one's stays.
            world.create().await.trail(&["a amend", "b amend"]).data_is(r#"[["b","secret of b"]]"#);
        }
    }
    let given = Given::new().component("shared", &tenterhook_tests::guest("see"));
    let world = given.toml("a", &toml("a", 1)).toml("b", &toml("b", 2)).start().await.without_problems();
    world.create().id("e1").await.trail(&["a accept", "b accept"]);
    assert_eq!([world.log_of("a").len(), world.log_of("b").len()], [1, 1], "each line has one owner");
}

/// Bytes of memory that this process has in use.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// What a process does that runs [`memory_returns_to_where_it_was`] alone.
const ALONE: &str = "TENTERHOOK_TEST_ALONE";

#[test]
fn memory_returns_to_where_it_was_after_hundreds_of_failures_of_each_kind() {
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        return runtime.unwrap().block_on(memory_returns_to_where_it_was());
    }
    // Other tests of this process come and go.
    let name = "torture::call::memory_returns_to_where_it_was_after_hundreds_of_failures_of_each_kind";
    let mut alone = Command::new(std::env::current_exe().unwrap());
    alone
        .args([name, "--exact", "--nocapture"])
        .env(ALONE, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = alone.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

async fn memory_returns_to_where_it_was() {
    let grow = |then: fn(&mut wasm_encoder::InstructionSink<'_>)| {
        // Fills eight megabytes before it fails.
        body(0, |code| {
            code.i32_const(126).memory_grow(0).drop();
            code.i32_const(8192).i32_const(7).i32_const(8_000_000).memory_fill(0);
            then(code);
            code.unreachable();
        })
    };
    let hoard = body(0, |code| {
        code.loop_(BlockType::Empty).i32_const(16).memory_grow(0).i32_const(0).i32_ge_s().br_if(0).end();
        code.unreachable();
    });
    let with = |handle| Made { handle, ..Made::new() }.component();
    let outside = Made::answering(&[0, 0, 0, 0, 2, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127]);
    for (component, failure) in [
        (with(grow(|_| ())), Failure::Trap),
        (with(grow(forever)), Failure::Fuel),
        (with(body(0, |code| _ = code.i32_const(0).call(0))), Failure::Stack),
        (with(hoard), Failure::Memory),
        (outside.component(), Failure::Trap),
        (
            Made { start: Some(body(0, |code| _ = code.unreachable())), ..Made::new() }.component(),
            Failure::Trap,
        ),
    ] {
        let toml = made::TOML.replace("deadline", "fuel = 20_000_000\ndeadline");
        let world = Given::new().file("a.wasm", component).toml("a", &toml).start().await;
        let fail = async |world: &World, times: usize| {
            for _ in 0..times {
                // Of one subject, which cannot trip a hook.
                world.create().subject("s").await.failed("a", failure, "");
            }
        };
        // What is made once and kept.
        fail(&world, 50).await;
        let before = resident();
        fail(&world, 200).await;
        // Sandboxes are thrown away behind the caller, so up to seven still wait; 200 that grew and were kept
        // would hold 1.6 GB.
        until(format!("memory is back at {before} bytes after {failure}"), || {
            resident() < before + (100 << 20)
        })
        .await;
    }
}
