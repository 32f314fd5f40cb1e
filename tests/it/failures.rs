//! Every way in which a hook can fail has a guest that fails so; its event is decided, and the next is answered.

use tenterhook::outcome::Failure;
use tenterhook_tests::{Answer, Given, World};

/// The guest fails so on every event, in a fresh and in a warm sandbox, and its neighbour never notices.
async fn fails(guest: &str, toml: &str, failure: Failure, message: &str) {
    let world = neighbours(guest, toml).await;
    for _ in 0..2 {
        let answer = world.create().await;
        let [fresh, warm] = ["fresh", "warm"].map(|id| format!("{id} failed:{failure}"));
        answer.accepted().trail(&[&fresh, &warm, "neighbour accept"]);
        answer.says("fresh", message).says("warm", message);
        assert!(answer.line("warm").message.as_ref().is_some_and(|text| text.len() < 1100));
    }
}

async fn neighbours(guest: &str, toml: &str) -> World {
    let open = |priority| format!("on_failure = 'accept'\npriority = {priority}\n");
    let given = Given::new().hook("fresh", guest, &format!("{}{toml}", open(1)));
    let warm = format!("{}isolation = 'warm'\n{toml}", open(2));
    given.hook("warm", guest, &warm).hook("neighbour", "accept", "priority = 3").start().await
}

/// The guest is content, in a fresh and in a warm sandbox.
async fn passes(guest: &str, toml: &str) -> Answer {
    let answer = neighbours(guest, toml).await.create().await;
    assert!(!answer.outcome.failed(), "{:#?}", answer.outcome.trail);
    answer
}

#[tokio::test]
async fn a_loop_runs_out_of_fuel() {
    fails("spin", "[limits]\nfuel = 1_000_000", Failure::Fuel, "fuel was used up").await;
}

#[tokio::test]
async fn a_loop_with_much_fuel_is_stopped_at_its_deadline() {
    let limits = "[limits]\nfuel = 1_000_000_000_000\ndeadline = '100ms'";
    fails("spin", limits, Failure::Deadline, "still running at its deadline").await;
}

#[tokio::test]
async fn a_sleeper_is_stopped_at_its_deadline() {
    fails("sleep", "[limits]\ndeadline = '100ms'", Failure::Deadline, "still running").await;
}

#[tokio::test]
async fn a_hoarder_is_refused_memory() {
    fails("hoard", "", Failure::Memory, "memory allocation of").await;
    fails("use-memory", "[properties]\nmib = 9\n[limits]\nmemory = '9MiB'", Failure::Memory, "").await;
    passes("use-memory", "[properties]\nmib = 9\n[limits]\nmemory = '11MiB'").await;
}

#[tokio::test]
async fn deep_recursion_overflows_the_stack() {
    fails("recurse", "", Failure::Stack, "its stack overflowed").await;
}

#[tokio::test]
async fn a_panic_traps_and_says_why() {
    fails("panic", "", Failure::Trap, "no idea what cloud.pre_create is").await;
}

#[tokio::test]
async fn leaving_by_exit_traps() {
    fails("exit", "", Failure::Trap, "it exited with status").await;
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_too_much_output() {
    for kind in ["veto", "amend", "replace", "error"] {
        let babble = |bytes: usize| {
            format!("[properties]\nas = '{kind}'\nbytes = {bytes}\n[limits]\nmemory = '64MiB'")
        };
        fails("babble", &babble(70_000), Failure::Output, "bytes, at most 65536 are allowed").await;
        fails("babble", &babble(5_000_000), Failure::Output, "more than its limit").await;
    }
}

#[tokio::test]
async fn an_answer_within_the_limit_passes() {
    passes("babble", "[properties]\nas = 'amend'\nbytes = 65_528").await;
    let data = "[properties]\nas = 'replace'\nbytes = 65_534";
    assert_eq!(passes("babble", data).await.data().len(), 65_536);
    let more = "[properties]\nas = 'replace'\nbytes = 65_535";
    fails("babble", more, Failure::Output, "new data of 65537 bytes").await;
}

#[tokio::test]
async fn amending_beyond_the_limit_of_data_is_too_much_output() {
    let grow = |key: &str| {
        format!(
            "[properties]\npatch = '{{\"{key}\":\"{}\"}}'\n[limits]\noutput = '1MiB'",
            "x".repeat(200_000)
        )
    };
    let given = Given::new().hook("a", "amend", &format!("priority = 1\n{}", grow("a")));
    let world = given.hook("b", "amend", &format!("priority = 2\n{}", grow("b"))).start().await;
    let answer = world.create().await;
    answer.vetoed_by("b", "hook_failed").failed("b", Failure::Output, "at most 262144 are allowed");
}

#[tokio::test]
async fn an_error_text_is_an_error_cut_to_size_and_made_harmless() {
    fails("fail", "[properties]\ntext = 'no such customer'", Failure::Error, "no such customer").await;
    fails("fail", "[properties]\ntext = \"a\\u001b[2Jb\\nc\"", Failure::Error, r"a\u{1b}[2Jb\nc").await;
    let long = format!("[properties]\ntext = '{}'", "x".repeat(60_000));
    fails("fail", &long, Failure::Error, "xxx…").await;
}

#[tokio::test]
async fn a_patch_that_is_no_json_object_is_invalid() {
    for (patch, message) in [
        ("nonsense", "the patch: not JSON"),
        ("", "the patch: not JSON"),
        ("[1]", "the patch is no JSON object"),
        ("null", "the patch is no JSON object"),
        (r#"{"a":1,"\u0061":2}"#, "the key \"a\" stands twice"),
    ] {
        let toml = format!("[properties]\npatch = '{patch}'");
        fails("amend", &toml, Failure::Invalid, message).await;
    }
    fails("replace", "[properties]\ndata = '{'", Failure::Invalid, "the new data: not JSON").await;
}

#[tokio::test]
async fn an_answer_nested_too_deep_is_invalid() {
    let deep = |levels: usize, kind: &str| {
        format!("[properties]\nlevels = {levels}\nas = '{kind}'\n[limits]\noutput = '1MiB'")
    };
    for levels in [129, 100_000] {
        fails("deep", &deep(levels, "replace"), Failure::Invalid, "nested deeper than 128 levels").await;
        fails("deep", &deep(levels, "amend"), Failure::Invalid, "the patch is nested deeper").await;
    }
    passes("deep", &deep(127, "amend")).await;
    assert_eq!(passes("deep", &deep(128, "replace")).await.data(), "[".repeat(128) + &"]".repeat(128));
}

#[tokio::test]
async fn an_answer_that_is_not_utf_8_traps() {
    fails("not-utf8", "", Failure::Trap, "invalid utf-8").await;
}

#[tokio::test]
async fn files_and_sockets_are_never_granted() {
    fails("read-file", "", Failure::Ungranted, "wasi:filesystem/").await;
    fails("connect", "", Failure::Ungranted, "wasi:sockets/").await;
}

#[tokio::test]
async fn a_hook_that_may_touch_files_is_warned_of() {
    let problems = neighbours("read-file", "").await.problems();
    let warned =
        problems.iter().any(|problem| problem.starts_with("fresh.wasm: warning: imports \"wasi:filesystem/"));
    assert!(warned, "{problems:?}");
}

#[tokio::test]
async fn what_needs_a_grant_answers_that_it_is_denied() {
    let answer = passes("ask-everything", "").await;
    let call = "access-denied: this hook is not granted the platform call \\\"createServer\\\"";
    answer.data_is(format!("[\"{call}\",\"Error::AccessDenied\"]"));
}

#[tokio::test]
async fn the_environment_and_the_arguments_are_empty() {
    passes("environment", "").await.data_is("[[],[]]");
}
