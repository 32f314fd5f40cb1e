//! What a target may answer, and what comes of everything else.

use super::{Toml, world};
use tenterhook::outcome::Failure;
use tenterhook_tests::{Given, Target};

#[tokio::test]
async fn a_target_accepts_amends_replaces_and_vetoes() {
    // R69
    let target = Target::new(Target::ACCEPTS);
    let world = world(&target).await;
    let answer = world.create().data(r#"{"a":1.10}"#).await;
    answer.accepted().trail(&["a accept"]).says("a", "it answered 204 No Content").data_is(r#"{"a":1.10}"#);
    assert_eq!(answer.line("a").version.as_ref().map(|version| version.len()), Some(12));
    let says = |body: &'static str| {
        target.answers(move |_| Target::answer("200 OK", "application/json; charset=utf-8", body));
    };
    says("{}");
    world.create().await.accepted().trail(&["a accept"]);
    says(r#" {"amend": {"b": 12345678901234567890, "a": null}} "#);
    let amended = world.create().data(r#"{"a":1.10,"z":1E5}"#).await;
    amended.trail(&["a amend"]).data_is(r#"{"z":1E5,"b":12345678901234567890}"#);
    says(r#"{"replace":{"$serde_json::private::Number":"1e999"}}"#);
    let replaced = world.create().await;
    replaced.trail(&["a amend"]).data_is(r#"{"$serde_json::private::Number":"1e999"}"#);
    says(r#"{"veto":{"code":"quota","reason":"no more servers"}}"#);
    world.create().await.vetoed_by("a", "quota").because("no more servers");
}

#[tokio::test]
async fn what_is_no_verdict_has_failed_and_says_why() {
    let target = Target::new(Target::ACCEPTS);
    let world = world(&target).await;
    let json = |body: &str| Target::answer("200 OK", "application/json", body);
    for (answer, failure, text) in [
        (json(""), Failure::Invalid, "its answer: not JSON"),
        (json("[]"), Failure::Invalid, "its answer is no JSON object"),
        (json(r#"{"allowed":true}"#), Failure::Invalid, "\"allowed\""),
        (json(r#"{"amend":{},"veto":{}}"#), Failure::Invalid, "both \"amend\" and \"veto\""),
        (json(r#"{"amend":[]}"#), Failure::Invalid, "the patch is no JSON object"),
        (json(&format!(r#"{{"replace":"{}"}}"#, "x".repeat(70_000))), Failure::Output, "more than 65536 bytes"),
        (
            Target::answer("200 OK", "text/html", "{}"),
            Failure::Invalid,
            "it answered 200 OK as text/html: a verdict is application/json",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".into(), Failure::Invalid, "without a media type"),
        (
            Target::answer("202 Accepted", "application/json", "{}"),
            Failure::Error,
            "it answered 202 Accepted, and a verdict is 204, or 200 with JSON",
        ),
        (
            Target::answer("500 Oh", "text/plain", "the database\r\n\x1b[31mis down"),
            Failure::Error,
            "it answered 500 Internal Server Error: the database\\r\\n\\u{1b}[31mis down",
        ),
        (Target::answer("410 Gone", "text/plain", ""), Failure::Error, "it answered 410 Gone"),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n".into(),
            Failure::Error,
            "it answered 302 Found to http://169.254.169.254/latest, and redirects are not followed",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{}"
                .into(),
            Failure::Error,
            "its answer broke off",
        ),
        ("nonsense\r\n\r\nconnection: close".into(), Failure::Error, "it cannot be reached"),
    ] {
        target.answers(move |_| answer.clone());
        let answer = world.create().await;
        // It fails closed, as every hook does.
        answer.failed("a", failure, text).vetoed_by("a", "hook_failed");
    }
    target.answers(|_| Target::ACCEPTS.into());
    world.create().await.accepted().trail(&["a accept"]);
}

#[tokio::test]
async fn a_target_that_hangs_sends_without_end_or_talks_too_much_is_cut_off() {
    let target = Target::new("");
    let url = target.url();
    let toml =
        Toml { top: "priority = 1\nlimits = { deadline = '300ms', output = '4KiB' }", ..Toml::of(&url) };
    let world = Given::new().toml("a", &toml.text()).start().await.without_problems();
    world.create().await.failed("a", Failure::Deadline, "there was no answer in time");
    // A body that never ends, one that comes and comes, and a head that does not end either.
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let slow = format!("{head}transfer-encoding: chunked\r\n\r\n1\r\n{{\r\n");
    target.answers(move |_| slow.clone());
    world.create().await.failed("a", Failure::Deadline, "there was no answer in time");
    let piece = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let endless = format!("{head}transfer-encoding: chunked\r\n\r\n{piece}{piece}");
    target.answers(move |_| endless.clone());
    world.create().await.failed("a", Failure::Output, "its answer has more than 4096 bytes");
    let huge = format!("{head}x: {}\r\ncontent-length: 2\r\n\r\n{{}}", "x".repeat(200_000));
    target.answers(move |_| huge.clone());
    world.create().await.failed("a", Failure::Error, "it cannot be reached");
    // A failure says its status, however its body comes.
    target.answers(|_| "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 99\r\n\r\nwait".into());
    world.create().await.failed("a", Failure::Error, "it answered 503 Service Unavailable: wait");
    target.answers(|_| Target::ACCEPTS.into());
    world.create().await.accepted();
}

#[tokio::test]
async fn each_hook_sees_what_those_before_it_amended() {
    let target = Target::json(r#"{"amend":{"by":"target"}}"#);
    let url = target.url();
    let toml = Toml { top: "priority = 2", ..Toml::of(&url) };
    let patch = "priority = 1\n[properties]\npatch = '{\"x\":12345678901234567890}'";
    let given = Given::new().hook("a", "amend", patch).toml("b", &toml.text());
    let world = given.hook("c", "see", "priority = 3").start().await;
    let answer = world.create().data(r#"{"n":1.10}"#).await;
    answer.accepted().trail(&["a amend", "b amend", "c accept"]);
    let seen = target.last().body;
    assert!(seen.ends_with(r#""data":{"n":1.10,"x":12345678901234567890}}"#), "{seen}");
    assert!(world.log_of("c")[0].contains(r#""by":"target""#), "{:?}", world.log_of("c"));
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_says_so() {
    let target = Target::json(r#"{"veto":{"code":"a","reason":"b"}}"#);
    let world = world(&target).await;
    let event = tenterhook::Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
    let outcome = world.host.dry_run(event).await.unwrap();
    assert!(outcome.veto().is_none());
    assert_eq!(outcome.trail[0].message.as_deref(), Some("it was not run, because this is a dry run"));
    assert!(target.got().is_empty() && target.connections() == 0);
}

#[tokio::test]
async fn an_answer_repeats_no_secret() {
    let target = Target::new(Target::ACCEPTS);
    let url = target.url();
    let properties = "authorization = { secret = 'crm' }\nsigning = { secret = 'sign' }";
    let toml = Toml { properties, ..Toml::of(&url) };
    let given = Given::new().toml("a", &toml.text()).secret("crm", "Bearer geheim");
    let given = given.secret("sign", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let world = given.start().await.without_problems();
    world.create().await.accepted();
    assert_eq!(target.last().has("authorization"), "Bearer geheim");
    target.answers(|got| {
        let body = format!("you said {}", got.header("authorization").unwrap_or_default());
        Target::answer("403 Forbidden", "text/plain", &body)
    });
    world.create().await.says("a", "it answered 403 Forbidden: you said ***");
    target.answers(|_| {
        let veto = r#"{"veto":{"code":"Bearer geheim","reason":"no Bearer geheim"}}"#;
        Target::answer("200 OK", "application/json", veto)
    });
    world.create().await.vetoed_by("a", "***").because("no ***");
}
