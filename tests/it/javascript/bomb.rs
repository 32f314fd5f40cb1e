//! Scripts that want more than they may have: stopped, named, and the next event is answered.

use super::script;
use tenterhook::outcome::Failure;
use tenterhook_tests::Given;

/// A script that does this on one event, and is well on the next.
async fn stopped(deed: &str, toml: &str, failures: &[Failure]) {
    let source = format!(
        "function handle(event) {{ if (event.data === 'bad') {{ {deed} }} return veto('well', ''); }}"
    );
    let world = script(&source, toml).await;
    for _ in 0..2 {
        let answer = world.create().data("\"bad\"").await;
        let failure = answer.line("a").failure;
        assert!(failure.is_some_and(|failure| failures.contains(&failure)), "{deed}: {:?}", answer.line("a"));
        world.create().await.vetoed_by("a", "well");
    }
}

#[tokio::test]
async fn endless_work_runs_out_of_fuel() {
    stopped("while (true);", "", &[Failure::Fuel]).await;
    stopped("/(a+)+$/.test('a'.repeat(40) + '!');", "", &[Failure::Fuel]).await;
    stopped("(function again() { Promise.resolve().then(again); })();", "", &[Failure::Fuel]).await;
    stopped("for (const i of (function* () { while (true) yield 1; })());", "", &[Failure::Fuel]).await;
    stopped("eval('for (;;);');", "", &[Failure::Fuel]).await;
    stopped("new Proxy({}, { get() { while (true); } }).a;", "", &[Failure::Fuel]).await;
    stopped("amend({ toJSON() { while (true); } });", "", &[Failure::Fuel]).await;
}

#[tokio::test]
async fn a_deadline_ends_what_still_runs() {
    let limits = "[limits]\nfuel = 100_000_000_000\ndeadline = '200ms'";
    stopped("while (true);", limits, &[Failure::Deadline]).await;
}

#[tokio::test]
async fn hoarding_runs_out_of_memory() {
    let memory = [Failure::Memory];
    let more = "[limits]\nfuel = 1_000_000_000";
    stopped("const all = []; while (true) all.push(new Uint8Array(1 << 16));", more, &[Failure::Memory])
        .await;
    stopped("let text = 'x'; while (true) text = text + text + Math.random();", more, &memory).await;
    stopped("new Array(1e7).fill('x').map(x => [x]);", more, &[Failure::Memory, Failure::Fuel]).await;
    stopped("new ArrayBuffer(1e9);", more, &[Failure::Memory, Failure::Error]).await;
    stopped("'x'.repeat(2 ** 29);", more, &[Failure::Memory, Failure::Error, Failure::Trap]).await;
}

#[tokio::test]
async fn deep_recursion_is_a_stack_overflow() {
    let stack = [Failure::Stack];
    stopped("(function again() { return 1 + again(); })();", "", &stack).await;
    stopped("try { (function again() { return 1 + again(); })(); } catch { }", "", &stack).await;
    stopped("(function again() { [1].map(again); })();", "", &stack).await;
    stopped("const a = { get b() { return this.b; } }; a.b;", "", &stack).await;
    stopped(
        "eval('('.repeat(1e5) + ')'.repeat(1e5));",
        "",
        &[Failure::Stack, Failure::Fuel, Failure::Error, Failure::Trap],
    )
    .await;
    stopped(
        "let deep = []; for (let i = 0; i < 1e5; i++) deep = [deep]; replace(deep);",
        "",
        &[Failure::Stack, Failure::Error, Failure::Fuel],
    )
    .await;
}

#[tokio::test]
async fn an_answer_of_a_megabyte_is_too_large() {
    for answer in [
        "replace('x'.repeat(1024).repeat(1024))",
        "amend({ a: 'x'.repeat(1024).repeat(1024) })",
        "veto('x'.repeat(1024).repeat(1024), '')",
    ] {
        stopped(&format!("return {answer};"), "", &[Failure::Output, Failure::Fuel]).await;
    }
    stopped("throw new Error('x'.repeat(1024).repeat(1024));", "", &[Failure::Error, Failure::Output]).await;
    stopped("return replace('x'.repeat(70_000));", "", &[Failure::Output]).await;
}

#[tokio::test]
async fn a_long_line_in_the_log_is_cut() {
    let world = script(
        "function handle() { console.log('x'.repeat(1024).repeat(1024)); return veto('well', ''); }",
        "",
    )
    .await;
    world.create().await.vetoed_by("a", "well");
    assert!(world.log_of("a")[0].len() <= 17_000);
}

/// Small objects in an array, as a list of servers would be: the largest data there is.
fn large() -> String {
    let object = r#"{"cpu":4,"ram":8192,"name":"a-server-of-a-customer","on":true}"#;
    let mut data = String::from("[");
    while data.len() + object.len() + 2 < 256 * 1024 {
        if data.len() > 1 {
            data.push(',');
        }
        data.push_str(object);
    }
    data + "]"
}

#[tokio::test]
async fn the_largest_data_is_read_and_walked_under_the_default_limits() {
    let source = "function handle(event) {
        let cpus = 0; for (const server of event.data) cpus += server.cpu;
        return veto('sum', `${cpus}`); }";
    let given = Given::new().script("a", source, "").default_limits();
    let world = given.limits(|limits| limits.budget = std::time::Duration::from_secs(100)).start().await;
    let answer = world.create().data(large()).await;
    let count = large().matches("cpu").count();
    answer.vetoed_by("a", "sum").because(&format!("{}", 4 * count));
    let line = answer.line("a");
    assert!(line.memory_bytes < 16 << 20, "{line:?}");
    println!("256 KiB of data, read and walked: {} fuel, {} bytes of memory", line.fuel, line.memory_bytes);
}
