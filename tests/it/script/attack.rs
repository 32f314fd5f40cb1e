//! What a bad program tries: none of it holds up its caller, or leaves anything behind.

use super::{TENTERHOOK, asked};
use std::time::Duration;
use tenterhook::outcome::Failure::{Deadline, Error, Output};
use tenterhook_tests::{Answer, Run, Shelf, script_toml, until};

const SHORT: &str = "limits.deadline = '500ms'";

/// A program runs into its deadline, nothing of it is left, and the next event is answered.
async fn late(script: &str) {
    let answer = bounded(script).await;
    answer.vetoed_by("a", "hook_failed").failed("a", Deadline, "");
}

/// However a program ends, nothing of it is left, and the next event is answered.
async fn bounded(script: &str) -> Answer {
    let shelf = Shelf::new();
    // It behaves once there is a file that says so.
    let well = shelf.path().join("well");
    let script = format!("[ -e {} ] && exit 0\n{script}", well.display());
    let world = shelf.with(TENTERHOOK, &script, SHORT).start().await.without_problems();
    let answer = world.create().await;
    until("nothing of it is left", || !shelf.is_busy()).await;
    shelf.file("well", "", 0o644);
    let answers = async {
        while world.create().await.line("a").failure.is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), answers).await.expect("the next event is answered");
    answer
}

#[tokio::test]
async fn an_endless_loop_ends_at_its_deadline() {
    late("while :; do :; done").await;
}

#[tokio::test]
async fn what_ignores_signals_ends_too() {
    late("trap '' TERM INT HUP XCPU; while :; do :; done").await;
}

#[tokio::test]
async fn children_end_with_it_wherever_they_have_gone() {
    late("sh -c 'sleep 1000' $0 & setsid sh -c 'sleep 1000; :' $0 & wait").await;
}

#[tokio::test]
async fn a_fork_bomb_is_bounded_and_cleared_away() {
    bounded("bomb() { bomb | bomb & wait; }; while :; do bomb; done").await;
}

#[tokio::test]
async fn a_fork_bomb_of_sessions_is_too() {
    bounded("[ \"$1\" ] || set -- x; setsid $0 x & setsid $0 x & wait; sleep 1000").await;
}

#[tokio::test]
async fn a_child_that_stays_holds_nobody_up() {
    let shelf = Shelf::new();
    // It has the program's pipes, a session of its own, and no parent.
    let script = "(setsid sh -c 'sleep 1000; :' $0 &)\necho '{\"amend\":{\"a\":1}}'";
    let world = shelf.with(TENTERHOOK, script, "").start().await;
    world.create().data("{}").await.data_is(r#"{"a":1}"#);
    assert!(!shelf.is_busy(), "what it left behind ends before it is answered");
}

#[tokio::test]
async fn no_zombie_is_left() {
    let shelf = Shelf::new();
    let world = shelf.with(TENTERHOOK, "sh -c : & exit 0", "").start().await;
    for _ in 0..5 {
        world.create().await.accepted();
    }
    drop(world);
    let own = std::process::id().to_string();
    let zombies = || {
        let stat = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("stat")).ok();
        let all = std::fs::read_dir("/proc").unwrap().flatten().filter_map(stat);
        // Other tests of this process start other programs.
        let dead = all.filter(|stat| stat.contains("(tenterhook") && stat.contains(&format!(") Z {own} ")));
        dead.collect::<Vec<_>>()
    };
    until("no zombie is left", || zombies().is_empty()).await;
}

#[tokio::test]
async fn endless_output_is_cut() {
    let answer = asked("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done", "{}").await;
    answer.failed("a", Output, "more than 65536 bytes");
    // On standard error it is only dropped.
    let answer = asked(
        "i=0; while [ $i -lt 3000 ]; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy >&2; i=$((i+1)); done",
        "{}",
    );
    answer.await.accepted();
}

#[tokio::test]
async fn memory_is_bounded() {
    let answer = asked("a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done", "{}").await;
    answer.vetoed_by("a", "hook_failed");
    assert_eq!(answer.line("a").failure, Some(Error), "{:?}", answer.line("a"));
}

#[tokio::test]
async fn a_file_is_bounded() {
    let script = "exec 3>$(mktemp) || exit 1; rm -f /proc/self/fd/3; exec head -c 20000000 /dev/zero >&3";
    asked(script, "{}").await.failed("a", Output, "a file that is larger");
}

#[tokio::test]
async fn a_program_may_leave_its_input_and_close_its_output() {
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(200_000));
    asked("exit 0", &large).await.accepted();
    asked("exec 0<&-; sleep 0.1; exit 0", &large).await.accepted();
    asked("exec 1>&- 2>&-; sleep 0.1; exit 0", &large).await.accepted();
    asked("exec 1>&-; echo x; exit 10", &large).await.vetoed_by("a", "refused");
    asked("printf '{\"replace\":'; wc -c; printf '}'", &large).await.accepted();
}

#[tokio::test]
async fn many_at_once_are_each_answered_for_themselves() {
    let shelf = Shelf::new();
    let world = shelf.with(TENTERHOOK, "printf '{\"replace\":'; cat; printf '}'", "").start().await;
    let ask = |n: usize| world.create().id(&format!("e-{n}"));
    let answers = tokio::join!(ask(0), ask(1), ask(2), ask(3), ask(4), ask(5), ask(6), ask(7));
    let answers = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5, answers.6, answers.7];
    for (n, answer) in answers.iter().enumerate() {
        assert!(answer.accepted().data().contains(&format!("\"id\":\"e-{n}\"")), "{n}");
    }
}

#[tokio::test]
async fn nothing_outlives_a_host_that_is_killed() {
    let shelf = Shelf::new();
    let path = shelf.put("a.sh", "setsid sh -c 'sleep 1000; :' $0 & sleep 1000");
    let given = shelf.given(TENTERHOOK).toml("a", &script_toml(&path, ""));
    let run = Run::of(TENTERHOOK).args(["serve", "--listen", "127.0.0.1:0"]).hooks(&given);
    let run = run.args(["--set", "limits.budget=60s"]).env("TENTERHOOK_SCRIPTS_DIRECTORIES", shelf.path());
    let mut served = run.serves();
    let (address, body) = (served.address().to_owned(), event());
    let asking = std::thread::spawn(move || post(&address, &body));
    until("the program runs", || shelf.is_busy()).await;
    served.kill();
    until("nothing of it is left", || !shelf.is_busy()).await;
    asking.join().unwrap();
}

fn event() -> String {
    r#"{"specversion":"1.0","id":"1","source":"t","type":"cloud.pre_create","option":"SERVER","data":{}}"#
        .into()
}

fn post(address: &str, body: &str) {
    let agent = tenterhook_tests::agent();
    // It is not answered any more.
    let _ =
        agent.post(format!("{address}/v1/events")).content_type("application/cloudevents+json").send(body);
}
