//! Scripts that change the language under their feet: what the host's side does stays what it is.

use super::{evaluated, script};
use tenterhook::outcome::Failure;

#[tokio::test]
async fn overriding_the_language_changes_nothing_of_the_hosts() {
    let source = r#"
        JSON.parse = JSON.stringify = () => { throw new Error("mine"); };
        Object.prototype.toJSON = undefined;
        Array.prototype[Symbol.iterator] = null;
        Promise.prototype.then = () => { throw new Error("mine"); };
        Object.defineProperty(Object.prototype, "verdict", { value: "veto" });
        Object.defineProperty(Object.prototype, "data", { set() { throw new Error("mine"); }, get() { return "trap"; } });
        Object.freeze = Object.create = String = undefined;
        const made = amend;
        amend = veto = undefined;
        function handle(event) { return made({ seen: event.data.cpu, id: typeof event.id }); }
    "#;
    let world = script(source, "").await;
    world.create().data(r#"{"cpu":4}"#).await.data_is(r#"{"cpu":4,"seen":4,"id":"string"}"#);
}

#[tokio::test]
async fn a_verdict_is_what_it_was_made() {
    let source = r#"function handle(event) {
        const made = veto("real", "reason");
        try { made.code = "other"; } catch { }
        try { Object.setPrototypeOf(made, { code: "other" }); } catch { }
        try { Object.defineProperty(made, "verdict", { value: "accept" }); } catch { }
        return made;
    }"#;
    script(source, "").await.create().await.vetoed_by("a", "real").because("reason");
    let late =
        "function handle() { const patch = { a: 1 }; const made = amend(patch); patch.a = 2; return made; }";
    script(late, "").await.create().data("{}").await.data_is(r#"{"a":1}"#);
}

#[tokio::test]
async fn getters_and_proxies_are_asked_once_and_their_errors_named() {
    let failing = "function handle() { return amend({ get a() { throw new Error('from a getter'); } }); }";
    script(failing, "").await.create().await.failed("a", Failure::Error, "from a getter");
    let proxied = "function handle() { return amend(new Proxy({ a: 1 }, {})); }";
    script(proxied, "").await.create().data("{}").await.data_is(r#"{"a":1}"#);
    let revoked = "function handle() { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return amend(proxy); }";
    script(revoked, "").await.create().await.failed("a", Failure::Error, "TypeError");
}

#[tokio::test]
async fn what_json_cannot_hold_is_named() {
    for (answer, text) in [
        ("amend((() => { const a = {}; a.a = a; return a; })())", "TypeError"),
        ("replace(1n)", "TypeError"),
        ("replace(undefined)", "its data is nothing that JSON has"),
        ("replace(Symbol('a'))", "its data is nothing that JSON has"),
        ("amend('text')", "its patch is no object"),
        ("amend([1])", "its patch is no object"),
        ("amend(null)", "its patch is no object"),
        ("amend({ toJSON() { return undefined; } })", "its patch is no object"),
        ("veto()", "its code is no text"),
        ("veto('a', 1)", "its reason is no text"),
    ] {
        let world = script(&format!("function handle() {{ return {answer}; }}"), "").await;
        world.create().await.failed("a", Failure::Error, text);
    }
    let not_a_patch = "function handle() { return amend({ toJSON() { return [1]; } }); }";
    script(not_a_patch, "").await.create().await.failed("a", Failure::Invalid, "the patch is no JSON object");
}

#[tokio::test]
async fn texts_of_any_kind_pass() {
    assert_eq!(evaluated(r#""é 😀 \u0000 " + "\ud83d" + "\ude00""#).await, "\"é 😀 \\u0000 😀\"");
    assert_eq!(evaluated("Function('return 6 * 7')()").await, "42");
    assert_eq!(evaluated("[undefined, NaN, Infinity, () => 1, -0]").await, "[null,null,null,null,0]");
    assert_eq!(evaluated("({ toJSON: () => 'mine' })").await, "\"mine\"");
    // Half a pair reaches the host as an escape, and nobody's data may hold one.
    let half = script("function handle() { return replace('\\ud800'); }", "").await;
    let answer = half.create().await;
    assert!(matches!(answer.line("a").failure, None | Some(Failure::Invalid)), "{:?}", answer.line("a"));
}
