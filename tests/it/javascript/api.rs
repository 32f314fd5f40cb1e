//! Everything that a script is given, each called once (R117). The page is guest-sdk/javascript/README.md.

use super::{evaluated, script};
use serde_json::{Value, json};
use tenterhook::outcome::Failure;
use tenterhook_tests::{Desk, Given};

#[tokio::test]
async fn an_event_has_all_that_the_contract_says() {
    let world = script("function handle(event) { return replace(event); }", "").await;
    let asked =
        world.create().id("e1").subject("vdc-7").tenant("t1").data(r#"{"a":[1.50,12345678901234567890]}"#);
    let answer = asked.await;
    let event: Value = serde_json::from_str(answer.data()).unwrap();
    let time = event["time"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": "e1", "name": "cloud.pre_create", "mode": "ask", "time": time, "source": "tests", "subject": "vdc-7",
        "facets": {"option": "SERVER"}, "attributes": {"tenant": "t1"}, "attempt": 1,
        "data": {"a": [1.5, 12345678901234567000u64]}, "raw": r#"{"a":[1.50,12345678901234567890]}"#,
    });
    assert_eq!(event, expected);
    let subject = script("function handle(event) { return replace(event.subject); }", "").await;
    subject.create().await.data_is("null");
}

#[tokio::test]
async fn the_console_writes_to_the_hooks_log() {
    let source = r#"function handle(event) {
        console.trace("t"); console.debug("d"); console.log("l", 1, null, undefined, true, 2n);
        console.info({ a: [1] }, [2]); console.warn(new TypeError("w")); console.error("e", Symbol("s"));
        const cycle = {}; cycle.self = cycle; console.log(cycle); console.log();
    }"#;
    let world = script(source, "").await;
    world.create().await.accepted();
    let log = world.log_of("a");
    assert_eq!(
        log[..6],
        [
            "trace: t",
            "debug: d",
            "info: l 1 null undefined true 2n",
            "info: {\"a\":[1]} [2]",
            "warn: TypeError: w (a.js:3:53)",
            "error: e Symbol(s)",
        ]
    );
    assert_eq!(log.len(), 8);
}

#[tokio::test]
async fn properties_are_what_the_toml_says() {
    let toml = "[properties]\nnumber = 16\ntext = '16'\nyes = true\nlist = [1, 'two']\ntable = { a = 1.5 }\n'a b' = 'c'\n__proto__ = 'p'";
    let world = script("function handle() { return replace(config); }", toml).await;
    let config: Value = serde_json::from_str(world.create().await.data()).unwrap();
    let expected = json!({"number": 16, "text": "16", "yes": true, "list": [1, "two"], "table": {"a": 1.5}, "a b": "c", "__proto__": "p"});
    assert_eq!(config, expected);
    let frozen = script("'use strict'; function handle() { config.a = 1; }", "").await;
    frozen.create().await.failed("a", Failure::Error, "TypeError");
}

#[tokio::test]
async fn secrets_are_shown_to_the_script_and_hidden_in_what_it_says() {
    let given = Given::new().secret("crm-token", "s3cret-value").script(
        "a",
        "function handle() { console.log(config.token); return veto('no', config.token.length + config.token); }",
        "[properties]\ntoken = { secret = 'crm-token' }",
    );
    let world = given.start().await.without_problems();
    let answer = world.create().await;
    let reason = &answer.outcome.veto().unwrap().reason;
    assert!(reason.starts_with("12") && !reason.contains("s3cret"), "{reason}");
    assert!(!world.log_of("a")[0].contains("s3cret"));
}

#[tokio::test]
async fn state_is_kept_between_events() {
    let source = r#"function handle(event) {
        switch (event.data) {
            case "write":
                state.set("a", { deep: [1, null] }); state.setMany({ b: "two", c: 3 });
                return replace([state.increment("n"), state.increment("n", 41), state.get("a"), state.exists("b")]);
            case "read":
                return replace([state.get("a"), state.get("n"), state.getMany(["b", "c", "none"]), state.keys(),
                    state.get("none") === undefined, state.exists("none")]);
            case "delete":
                state.delete("a"); state.deleteMany(["b", "c"]);
                return replace(state.keys());
        }
    }"#;
    let given = Given::new().script("a", source, "[grants]\nkeyvalue = true").state();
    let world = given.start().await.without_problems();
    world.create().data("\"write\"").await.data_is(r#"[1,42,{"deep":[1,null]},true]"#);
    let read = r#"[{"deep":[1,null]},42,{"b":"two","c":3},["a","b","c","n"],true,false]"#;
    world.create().data("\"read\"").await.data_is(read);
    world.create().data("\"delete\"").await.data_is(r#"["n"]"#);
}

#[tokio::test]
async fn state_that_is_not_granted_or_wrongly_asked_for_throws() {
    let source = "function handle(event) { try { state.get('a'); } catch (error) { return replace([error.code, error instanceof Error]); } }";
    script(source, "").await.create().await.data_is(r#"["access-denied",true]"#);
    let source = r#"function handle(event) {
        const said = [];
        for (const wrong of [() => state.get(1), () => state.set("a", handle), () => state.increment("a", -1),
            () => state.getMany("a"), () => state.setMany(1), () => state.set("x".repeat(600), 1)]) {
            try { wrong(); said.push("nothing"); } catch (error) { said.push(error.name); }
        }
        return replace(said);
    }"#;
    let given = Given::new().script("a", source, "[grants]\nkeyvalue = true").state();
    let expected = r#"["TypeError","TypeError","TypeError","TypeError","TypeError","Error"]"#;
    given.start().await.create().await.data_is(expected);
}

#[tokio::test]
async fn the_platform_is_called_and_its_answer_read() {
    let source = r#"function handle(event) {
        const answer = platform.call("echo", { cpu: 1.5 });
        const said = [answer.cpu];
        try { platform.call("other"); } catch (error) { said.push(error.code); }
        try { platform.call(); } catch (error) { said.push(error.name); }
        console.log(said);
    }"#;
    let desk = Desk::default();
    let given = Given::new().script("a", source, "[grants]\nplatform = ['echo']").platform(&desk);
    let world = given.start().await.without_problems();
    world.created().await.trail(&["a accept"]);
    assert_eq!(world.log_of("a"), [r#"info: [1.5,"access-denied","TypeError"]"#]);
    assert_eq!(desk.calls()[0].arguments.as_str(), r#"{"cpu":1.5}"#);
}

#[tokio::test]
async fn json_is_read_and_written_as_the_language_says() {
    let cases = [
        (
            r#"JSON.parse(' {"a" : [1, -0, 1e3, "\\u00e9\\ud83d\\ude00"], "1": true, "a": null} ')"#,
            r#"{"1":true,"a":null}"#,
        ),
        (r#"1 / JSON.parse("-0")"#, "null"),
        (r#"JSON.parse("[1,2,3]", (key, value) => Array.isArray(value) ? value : value * 2)"#, "[2,4,6]"),
        (r#"Object.getPrototypeOf(JSON.parse('{"__proto__":1}')) === Object.prototype"#, "true"),
        (r#"JSON.parse('"\\ud800"').length"#, "1"),
        (r#"JSON.parse("12345678901") + JSON.parse("0.5")"#, "12345678901.5"),
    ];
    for (expression, expected) in cases {
        assert_eq!(evaluated(expression).await, expected, "{expression}");
    }
    for text in [
        "",
        "{",
        "[1,]",
        "01",
        "1.",
        "nul",
        "'a'",
        "{a:1}",
        "[1] 2",
        "\"\\x\"",
        "\"a\nb\"",
        "1e",
        "-",
        "{\"a\" 1}",
    ] {
        let text = serde_json::to_string(text).unwrap();
        let source = format!(
            "(() => {{ try {{ JSON.parse({text}); return 'read'; }} catch (error) {{ return error.name; }} }})()"
        );
        assert_eq!(evaluated(&source).await, "\"SyntaxError\"", "{text}");
    }
}
