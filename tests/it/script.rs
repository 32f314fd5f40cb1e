//! Hooks that are local programs: what they are given, what they may answer, and where they come from.

mod attack;
mod place;

use std::os::unix::fs::MetadataExt;
use tenterhook::outcome::Failure::{Error, Invalid, Memory, Unavailable};
use tenterhook_tests::{Answer, Given, Shelf, script_toml};

const TENTERHOOK: &str = env!("CARGO_BIN_EXE_tenterhook-under-test");

/// What comes of a server that is to be created, where this shell script decides on it.
async fn asked(script: &str, data: &str) -> Answer {
    let shelf = Shelf::new();
    let world = shelf.with(TENTERHOOK, script, "").start().await.without_problems();
    world.create().data(data).await
}

/// What a shell script prints, with this much more in the TOML of its hook.
async fn printed(script: &str, toml: &str) -> String {
    let shelf = Shelf::new();
    let script = format!("printf '{{\"replace\":\"%s\"}}' \"$({script})\"");
    let world = shelf.with(TENTERHOOK, &script, toml).start().await.without_problems();
    let answer = world.create().await;
    answer.data().trim_matches('"').to_owned()
}

#[tokio::test]
async fn a_program_accepts_amends_replaces_and_vetoes() {
    asked("exit 0", "{}").await.accepted().trail(&["a accept"]);
    asked("echo ' {} '", "{}").await.accepted().trail(&["a accept"]);
    asked(r#"echo '{"amend":{"cpu":1.10,"b":null}}'"#, r#"{"a":1E5,"b":2}"#)
        .await
        .trail(&["a amend"])
        .data_is(r#"{"a":1E5,"cpu":1.10}"#);
    asked(r#"echo '{"replace":{"b":1}}'"#, r#"{"a":1}"#).await.trail(&["a amend"]).data_is(r#"{"b":1}"#);
    asked(r#"echo '{"veto":{"code":"full","reason":"no room"}}'"#, "{}")
        .await
        .vetoed_by("a", "full")
        .because("no room");
    asked("echo 'no room'; exit 10", "{}").await.vetoed_by("a", "refused").because("no room");
}

#[tokio::test]
async fn anything_else_is_a_failure_with_its_last_words() {
    let answer = asked("echo one >&2; echo 'disk full' >&2; exit 3", "{}").await;
    answer.vetoed_by("a", "hook_failed").failed("a", Error, "exited with status 3; it last wrote: disk full");
    asked("exit 1", "{}").await.failed("a", Error, "exited with status 1");
    asked("kill -SEGV $$", "{}").await.failed("a", Error, "ended by signal 11");
    asked("kill -KILL $$", "{}").await.failed("a", Memory, "killed");
    asked("echo accept", "{}").await.failed("a", Invalid, "");
    asked("printf '\\377'", "{}").await.failed("a", Invalid, "not UTF-8");
    asked(r#"echo '{"amend":{},"veto":{}}'"#, "{}").await.failed("a", Invalid, "both");
    asked(r#"echo '{"vetoed":true}'"#, "{}").await.failed("a", Invalid, "\"vetoed\"");
}

#[tokio::test]
async fn the_event_is_on_standard_input_and_nowhere_else() {
    let shelf = Shelf::new();
    let script = r#"[ $# = 2 ] && [ "$1" = '$(touch /tmp/x)' ] && [ "$2" = '' ] || exit 1
printf '{"replace":'; cat; printf '}'"#;
    let arguments = "properties.arguments = ['$(touch /tmp/x)', '']";
    let world = shelf.with(TENTERHOOK, script, arguments).start().await.without_problems();
    let data = r#"{"name":"; rm -rf / #","a":"$(reboot)\u0000","n":1.50}"#;
    let answer = world.create().id("e-1").subject("vdc-7").attribute("tenant", "t1").data(data).await;
    let event: serde_json::Value = serde_json::from_str(answer.accepted().data()).unwrap();
    for (name, value) in [
        ("specversion", "1.0"),
        ("id", "e-1"),
        ("type", "cloud.pre_create"),
        ("subject", "vdc-7"),
        ("option", "SERVER"),
        ("tenant", "t1"),
        ("datacontenttype", "application/json"),
    ] {
        assert_eq!(event[name], value, "{name}");
    }
    assert!(answer.data().ends_with(&format!("\"data\":{data}}}")), "{}", answer.data());
}

#[tokio::test]
async fn billing_speaks_its_own_envelope() {
    let shelf = Shelf::new();
    let path = shelf.put("a.sh", "printf '{\"replace\":'; cat; printf '}'");
    let toml = script_toml(&path, "").replace("'cloud'", "'billing'");
    let toml = toml.replace("cloud.pre_create", "billing.before.clients.create");
    let toml = toml.replace(", { event = 'cloud.post_create' }", "");
    let world = shelf.given(TENTERHOOK).toml("a", &toml).start().await.without_problems();
    let answer = world.ask("billing.before.clients.create").subject("7").data(r#"{"x":1}"#).await;
    let data = answer.accepted().data();
    assert!(
        data.contains(r#""events_id":"before.clients.create""#) && data.ends_with(r#""data":{"x":1}}"#),
        "{data}"
    );
}

#[tokio::test]
async fn it_has_no_environment_but_what_is_granted_and_a_place_that_is_safe() {
    let environment = "tr '\\0' ' ' < /proc/$$/environ";
    assert_eq!(printed(environment, "").await, "");
    let granted = printed(environment, "grants.environment = ['PATH', 'NO_SUCH_VARIABLE']").await;
    assert_eq!(granted.trim_end(), format!("PATH={}", std::env::var("PATH").unwrap()));
    let place = "echo $(readlink /proc/$$/cwd) $(umask) $(ls /proc/$$/fd) $(grep NoNewPrivs /proc/$$/status)";
    // A shell reads its script from 10, and what this one prints from 3.
    assert_eq!(printed(place, "").await, "/ 0077 0 1 10 2 3 NoNewPrivs: 1");
}

#[tokio::test]
async fn its_limits_stand_before_it_begins_and_cannot_be_raised() {
    let limits = "echo $(ulimit -Hc) $(ulimit -Hn) $(ulimit -Ht) $(ulimit -Hd) $(ulimit -Hv) $(ulimit -Hf)";
    let toml = "limits.memory = '32MiB'\nlimits.deadline = '20s'";
    assert_eq!(printed(limits, toml).await, "0 256 23 32768 294912 32768");
    let raised = printed("ulimit -d unlimited 2>/dev/null && echo raised || ulimit -d", toml).await;
    assert_eq!(raised, "32768");
}

/// Who a program is, where this user is named for programs.
async fn who(user: Option<&'static str>) -> Answer {
    let shelf = Shelf::new();
    let path = shelf.put("a.sh", "printf '{\"replace\":[%s,%s]}' $(id -u) $(id -G | tr ' ' ',')");
    let folder = shelf.path().to_owned();
    let given = Given::new().toml("a", &script_toml(&path, "")).built(move |builder| {
        let builder = builder.scripts([&folder]).warden(TENTERHOOK, ["__warden"]);
        user.into_iter().fold(builder, |builder, user| builder.scripts_user(user))
    });
    given.start().await.create().await
}

#[tokio::test]
async fn a_host_that_is_root_runs_it_as_nobody_or_whoever_is_named() {
    who(Some("no-such-user")).await.failed("a", Unavailable, "there is no user \"no-such-user\"");
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        who(None).await.data_is("[65534,65534]");
        who(Some("1234")).await.data_is("[1234,1234]");
        who(Some("root")).await.accepted();
    } else {
        who(None).await.accepted();
        who(Some("root")).await.failed("a", Unavailable, "only a host that is root");
    }
}

#[tokio::test]
async fn what_it_writes_to_standard_error_is_logged() {
    let shelf = Shelf::new();
    let script = "echo plain >&2; echo '<3>broken' >&2; echo '<7>seen' >&2; printf 'a\\033b' >&2";
    let world = shelf.with(TENTERHOOK, script, "").start().await;
    world.create().await.accepted();
    assert_eq!(world.log_of("a"), ["info: plain", "error: broken", "debug: seen", "info: a\\u{1b}b"]);
    let toml = "limits.log = '4 B'\nlimits.deadline = '20s'";
    let world = shelf.with(TENTERHOOK, "echo 123456789 >&2", toml).start().await;
    world.create().await.accepted();
    assert_eq!(world.log_of("a"), ["info: 1234", "warn: 6 bytes beyond the log limit were dropped"]);
}

#[tokio::test]
async fn it_is_told_as_it_is_asked_and_a_veto_of_what_has_happened_is_noted() {
    let shelf = Shelf::new();
    let world = shelf.with(TENTERHOOK, "echo late; exit 10", "").start().await;
    world.created().await.accepted().trail(&["a veto"]).says("a", "late");
}

#[tokio::test]
async fn a_dry_run_starts_no_program() {
    let shelf = Shelf::new();
    let world = shelf.with(TENTERHOOK, "echo ran >&2", "on_failure = 'accept'").start().await;
    let event = tenterhook::Event::new("cloud.pre_create", "test").facet("option", "SERVER");
    let outcome = world.host.dry_run(event).await.unwrap();
    assert!(outcome.trail[0].message.as_ref().unwrap().contains("dry run"), "{:?}", outcome.trail);
    assert_eq!(world.log_of("a"), [""; 0]);
}
