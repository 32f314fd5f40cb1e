//! Where a script stands, what is wrong with it, and how it is replaced.

use super::script;
use std::time::{Duration, Instant};
use tenterhook::admission::Admission;
use tenterhook_tests::Given;

const NOTHING: &str = "function handle() {}";

#[tokio::test]
async fn a_script_may_stand_in_its_toml() {
    // R116
    let toml = "[properties]\nscript = '''\nfunction handle() { return veto(\"no\", Object.keys(config).join()); }\n'''\nb = 1\na = 2";
    let world = Given::new().scripted("a", toml).start().await.without_problems();
    world.create().await.vetoed_by("a", "no").because("a,b");
}

#[test]
fn a_script_stands_in_one_place() {
    let toml = "[properties]\nscript = 'function handle() {}'";
    let problems = Given::new().script("a", NOTHING, toml).check();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].ends_with("the script stands here and in a.js, keep one of them"), "{problems:?}");
    let problems = Given::new().scripted("a", "").check();
    let missing = "a.toml: the hook has no script, write it to a.js, or into the TOML as script = '''…''' under [properties]";
    assert_eq!(problems, [missing]);
    let problems = Given::new().scripted("a", "[properties]\nscript = 7").check();
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn a_script_of_a_hook_of_another_class_is_a_problem() {
    let given = Given::new().hook("a", "accept", "").without("a.wasm").file("a.js", NOTHING);
    let problems = given.check();
    let expected =
        "a.toml: a.js beside a hook of class component, set class = \"javascript\", or take the script away";
    assert!(problems.contains(&expected.to_owned()), "{problems:?}");
}

#[test]
fn a_script_that_cannot_be_read_is_reported_with_line_and_column() {
    let problem = |source: &str| {
        let problems = Given::new().script("a", source, "").check();
        assert_eq!(problems.len(), 1, "{source}: {problems:?}");
        problems[0].clone()
    };
    assert_eq!(problem("\n\nfunction handle( {}"), "a.js:3: column 20: it ends too early");
    assert!(problem("export function handle() {}\nlet a = ;").starts_with("a.js:2: column 9: "));
    assert!(problem("let a = 1;\nlet a = 2;").starts_with("a.js:"));
    assert_eq!(
        problem("\nlet a = nothing.at.all;"),
        "a.js:2: column 17: ReferenceError: nothing is not defined"
    );
    assert_eq!(problem("let handle = 1;"), "a.js: it has no function handle(event)");
    assert_eq!(problem(""), "a.js: it has no function handle(event)");
    assert!(problem("import x from 'y'; export function handle() {}").contains("a.js"));
    assert!(problem("while (true);").starts_with("a.js: does not start: fuel: "));
    assert!(
        problem("let all = []; while (true) all.push(new Uint8Array(1 << 16));")
            .contains("does not start: memory: ")
    );
    assert!(problem("state.get('a')").contains("access-denied"));
}

#[test]
fn a_place_in_a_script_in_a_toml_is_one_of_the_toml() {
    let toml = "[properties]\nscript = '''\n\nlet a = ;\n'''";
    let given = Given::new().scripted("a", toml);
    let text = std::fs::read_to_string(given.hooks().join("a.toml")).unwrap();
    let line = text.lines().position(|line| line == "let a = ;").unwrap() + 1;
    let problems = given.check();
    assert!(problems[0].starts_with(&format!("a.toml:{line}: column 9: ")), "{problems:?}");
}

#[tokio::test]
async fn a_module_exports_its_handler() {
    for source in [
        "export function handle() { return veto('no', 'named'); }",
        "export default function () { return veto('no', 'default'); }",
        "export const handle = async () => veto('no', 'async');",
        "const handle = () => veto('no', 'const');",
        "globalThis.handle = () => veto('no', 'global');",
    ] {
        script(source, "").await.create().await.vetoed_by("a", "no");
    }
}

#[tokio::test]
async fn a_replaced_script_is_live_with_the_next_reload_and_a_bad_one_is_not() {
    // R116
    let says = |what: &str| format!("function handle() {{ return veto('no', '{what}'); }}");
    let world = Given::new().script("a", &says("one"), "").start().await.without_problems();
    world.create().await.because("one");
    let path = world.given().hooks().join("a.js");
    std::fs::write(&path, says("two")).unwrap();
    world.host.reload().await.unwrap();
    world.create().await.because("two");
    std::fs::write(&path, "function handle( {}").unwrap();
    let roster = world.host.reload().await.unwrap();
    assert!(roster.problems.iter().any(|problem| problem.to_string().contains("a.js:1: column 20: ")));
    world.create().await.because("two");
    // After a restart the version before it answers: the second had not proved itself yet.
    let world = world.stop().start().await;
    world.create().await.because("one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_watched_as_a_component_is() {
    let says = |what: &str| format!("function handle() {{ return veto('{what}', ''); }}");
    let world = Given::new().script("a", &says("one"), "").start().await;
    world.host.watch();
    std::fs::write(world.given().hooks().join("a.js"), says("two")).unwrap();
    let (began, code) = (Instant::now(), async || world.create().await.outcome.veto().unwrap().code.clone());
    while code().await != "two" {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "still not at work: {:?}",
            world.host.roster().problems
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_new_script_that_fails_where_the_old_one_did_not_is_taken_back() {
    let world = Given::new().script("a", "function handle() { return veto('good', ''); }", "").start().await;
    std::fs::write(world.given().hooks().join("a.js"), "function handle() { throw new Error('bad'); }")
        .unwrap();
    world.host.reload().await.unwrap();
    for _ in 0..5 {
        world.create().await.vetoed_by("a", "good");
    }
}

#[test]
fn only_listed_scripts_run_where_that_is_wanted() {
    let digest = "0000000000000000000000000000000000000000000000000000000000000000";
    let listed = |toml: &str| Given::new().script("a", NOTHING, toml).admission(Admission::Listed);
    let problems = listed("").check();
    assert!(problems[0].contains("a.toml does not list its sha256"), "{problems:?}");
    let problems = listed(&format!("sha256 = '{digest}'")).check();
    let actual = problems[0].split("its sha256 is ").nth(1).unwrap().split(',').next().unwrap();
    assert_eq!(listed(&format!("sha256 = '{actual}'")).check(), [""; 0]);
    // Who wrote the TOML wrote the script.
    let inline = Given::new().scripted("a", "[properties]\nscript = 'function handle() {}'");
    assert_eq!(inline.admission(Admission::Listed).check(), [""; 0]);
}
