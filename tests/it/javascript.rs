//! Hooks in JavaScript: a script in an engine that is itself in a sandbox (R116, R117, F21).

mod api;
mod bomb;
mod command;
mod source;
mod trick;

use tenterhook::outcome::Failure;
use tenterhook_tests::{Given, World};

/// A host with one script.
async fn script(source: &str, toml: &str) -> World {
    Given::new().script("a", source, toml).start().await.without_problems()
}

/// What one event's data becomes when a script replaces it with this expression.
async fn evaluated(expression: &str) -> String {
    let world = script(&format!("function handle(event) {{ return replace({expression}); }}"), "").await;
    world.create().await.data().to_owned()
}

#[tokio::test]
async fn a_script_accepts_vetoes_amends_and_replaces() {
    // R116
    let source = r#"
        function handle(event) {
            switch (event.data.what) {
                case "veto": return veto("quota.cpu", `at most ${config.max_cpus} CPUs`);
                case "amend": return amend({ owner: "x", what: null });
                case "replace": return replace([1, "two", { three: 3.5 }]);
                case "accept": return accept();
            }
        }"#;
    let world = script(source, "[properties]\nmax_cpus = 16").await;
    world.create().data(r#"{"what":"nothing"}"#).await.accepted().trail(&["a accept"]);
    world.create().data(r#"{"what":"accept"}"#).await.accepted().trail(&["a accept"]);
    world.create().data(r#"{"what":"veto"}"#).await.vetoed_by("a", "quota.cpu").because("at most 16 CPUs");
    world.create().data(r#"{"what":"amend","cpu":1.10}"#).await.data_is(r#"{"cpu":1.10,"owner":"x"}"#);
    world.create().data(r#"{"what":"replace"}"#).await.data_is(r#"[1,"two",{"three":3.5}]"#);
}

#[tokio::test]
async fn what_a_script_throws_is_its_failure_with_the_place() {
    let source = "function handle(event) {\n  if (event.data.plain) throw { code: 7 };\n  return event.data.no.such;\n}";
    let world = script(source, "").await;
    world.create().data("{}").await.failed("a", Failure::Error, "(line 3, column ").says("a", "TypeError: ");
    world.create().data(r#"{"plain":true}"#).await.failed("a", Failure::Error, "code: 7");
    let made = "function handle() {\n\n  throw new RangeError('too much');\n}";
    let world = script(made, "").await;
    world.create().await.failed("a", Failure::Error, "RangeError: too much (line 3, column 9)");
}

#[tokio::test]
async fn what_is_no_verdict_is_named() {
    for (answer, named) in [
        ("1", "a number"),
        ("'yes'", "a string"),
        ("true", "a boolean"),
        ("[]", "an array"),
        ("{ veto: { code: 'a', reason: 'b' } }", "an object"),
        ("handle", "a function"),
        ("10n", "a bigint"),
        ("Symbol('a')", "a symbol"),
        ("new Proxy(veto('a', 'b'), {})", "an object"),
        ("Object.create(veto('a', 'b'))", "an object"),
        ("new Promise(() => {})", "never comes"),
    ] {
        let world = script(&format!("function handle() {{ return {answer}; }}"), "").await;
        world.create().await.failed("a", Failure::Invalid, named);
    }
}

#[tokio::test]
async fn an_answer_may_be_promised() {
    let source = r#"
        const later = (value) => Promise.resolve().then(() => value);
        async function handle(event) {
            const what = await later(event.data);
            if (what === "throw") throw new Error("after a while");
            return await later(veto("late", what));
        }"#;
    let world = script(source, "").await;
    world.create().data("\"why\"").await.vetoed_by("a", "late").because("why");
    world.create().data("\"throw\"").await.failed("a", Failure::Error, "after a while");
}

#[tokio::test]
async fn the_top_level_runs_once_in_a_sandbox_and_no_event_sees_another() {
    // F21
    let source = "let seen = 0; globalThis.kept = []; function handle(event) {
        kept.push(event.id); Object.prototype.left = 'behind'; JSON.left = 1;
        return replace([++seen, kept.length]); }";
    let world = script(source, "").await;
    for _ in 0..20 {
        world.create().await.data_is("[1,1]");
    }
    let warm = script(source, "isolation = 'warm'").await;
    for count in 1..4 {
        warm.create().await.data_is(format!("[{count},{count}]"));
    }
}

#[tokio::test]
async fn scripts_do_not_see_each_other() {
    let given = Given::new()
        .script("a", "var mine = 1; function handle() { globalThis.left = 1; }", "priority = 1")
        .script("b", "function handle() { return replace([typeof mine, typeof left]); }", "priority = 2");
    given.start().await.create().await.data_is(r#"["undefined","undefined"]"#);
}

#[tokio::test]
async fn every_sandbox_draws_other_numbers_and_knows_the_time() {
    let world = script("const first = Math.random(); function handle() { return replace([first, Math.random(), Date.now()]); }", "").await;
    let mut drawn = Vec::new();
    for _ in 0..5 {
        let data: Vec<f64> = serde_json::from_str(world.create().await.data()).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert!((now.as_millis() as f64 - data[2]).abs() < 120_000.0, "{data:?}");
        drawn.extend([data[0].to_bits(), data[1].to_bits()]);
    }
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), 10);
}
