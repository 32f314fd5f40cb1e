//! What an outcome says of every hook.

use std::time::Duration;
use tenterhook_tests::Given;

#[tokio::test]
async fn a_line_says_which_version_ran_and_what_it_used() {
    let given = Given::new().hook("a", "accept", "").hook("b", "accept", "").hook("c", "see", "");
    let world = given.start().await;
    let answer = world.create().await;
    for hook in ["a", "b", "c"] {
        let line = answer.line(hook);
        let version = line.version.as_ref().expect("a component that ran has a version");
        assert!(version.len() == 12 && version.bytes().all(|b| b.is_ascii_hexdigit()), "{version}");
        assert!(line.fuel > 100 && line.fuel < 1_000_000, "{line:?}");
        assert!(line.memory_bytes >= 64 << 10 && line.memory_bytes <= 16 << 20, "{line:?}");
        assert!(line.time > Duration::ZERO && line.time <= answer.took, "{line:?}");
        assert_eq!((line.failure, &line.message), (None, &None));
    }
    assert_eq!(answer.line("a").version, answer.line("b").version);
    assert_ne!(answer.line("a").version, answer.line("c").version);
}

#[tokio::test]
async fn memory_is_the_most_that_was_held() {
    let given = Given::new().hook("a", "use-memory", "[properties]\nmib = 1");
    let world = given.hook("b", "use-memory", "[properties]\nmib = 9").start().await;
    let answer = world.create().await;
    let held = |hook| answer.line(hook).memory_bytes;
    assert!(held("a") >= 1 << 20 && held("b") >= held("a") + (8 << 20) - (1 << 16));
}

#[tokio::test]
async fn an_outcome_reads_as_json_in_the_words_of_the_contract() {
    let given = Given::new().hook("a", "panic", "on_failure = 'accept'");
    let world = given.hook("b", "veto", "priority = 1").start().await;
    let answer = world.create().id("e1").data(r#"{"n":1E5}"#).await;
    let json = serde_json::to_value(&answer.outcome).unwrap();
    assert_eq!(json["id"], "e1");
    assert_eq!(json["event"], "cloud.pre_create");
    assert_eq!((&json["mode"], &json["decision"]), (&"ask".into(), &"veto".into()));
    let veto = serde_json::json!({"hook": "b", "code": "no", "reason": "not today"});
    assert_eq!((&json["veto"], json.get("data")), (&veto, None));
    let line = &json["trail"][0];
    assert_eq!((&line["verdict"], &line["failure"]), (&"failed".into(), &"trap".into()));
    assert!(line["micros"].is_u64() && line["fuel"].is_u64() && line["memory_bytes"].is_u64());
    let passed = world.tax().data(r#"{"n":1E5}"#).await;
    let text = serde_json::to_string(&passed.outcome).unwrap();
    assert!(text.contains(r#""decision":"accept","data":{"n":1E5},"amended":false,"roster":1"#), "{text}");
}
