//! A reload takes what has changed, and nothing else.

use super::{held_back, hook, problems, put_in, version};
use std::fs;
use std::sync::Arc;
use tenterhook_tests::Given;

#[tokio::test]
async fn a_hook_that_did_not_change_stays_the_same_and_a_roster_too() {
    let world = Given::new().hook("a", "accept", "").hook("b", "accept", "priority = 2").start().await;
    world.create().await.trail(&["a accept", "b accept"]);
    let (a, b) = (hook(&world, "a"), hook(&world, "b"));
    assert_eq!(world.host.reload().await.unwrap().generation, 1, "nothing has changed");
    put_in(&world, "b.wasm", version("accept", 1));
    assert_eq!(world.host.reload().await.unwrap().generation, 2);
    assert!(Arc::ptr_eq(&a, &hook(&world, "a")) && !Arc::ptr_eq(&b, &hook(&world, "b")));
    assert_eq!(hook(&world, "a").stats().calls(), 1, "its counters went on");
    assert_eq!(world.host.reloads(), (1, 0));
}

#[tokio::test]
async fn hooks_come_change_and_go_with_their_files() {
    // R89
    let world = Given::new().hook("a", "accept", "").start().await;
    put_in(&world, "b.wasm", version("veto", 0));
    put_in(&world, "b.toml", "priority = -1\n[limits]\ndeadline = '20s'");
    world.host.reload().await.unwrap();
    world.create().await.vetoed_by("b", "no").trail(&["b veto", "a skipped"]);
    put_in(&world, "b.toml", "priority = 1\n[limits]\ndeadline = '20s'");
    world.host.reload().await.unwrap();
    world.create().await.trail(&["a accept", "b veto"]);
    put_in(&world, "b.toml", "status = 'disabled'");
    world.host.reload().await.unwrap();
    world.create().await.trail(&["a accept"]);
    for name in ["b.wasm", "b.toml"] {
        fs::remove_file(world.given().hooks().join(name)).unwrap();
    }
    world.host.reload().await.unwrap();
    assert_eq!(world.host.roster().hooks().count(), 1);
    assert_eq!(problems(&world), [""; 0]);
}

#[tokio::test]
async fn a_bad_file_keeps_the_version_before_it_and_says_so() {
    // R119
    let world = Given::new().hook("a", "veto", "").start().await;
    let a = hook(&world, "a");
    for (name, bad, problem) in [
        ("a.wasm", "no wasm", "a.wasm: no component that can be loaded"),
        ("a.toml", "prioritie = 1", "a.toml:1: unknown key \"prioritie\", did you mean \"priority\"?"),
        ("a.toml", "[limits]\nmemory = '64KiB'", "a.toml: it does not start: memory: "),
    ] {
        let good = fs::read(world.given().hooks().join(name)).unwrap();
        put_in(&world, name, bad);
        let bad = world.host.reload().await.unwrap();
        assert!(Arc::ptr_eq(&a, &hook(&world, "a")), "{name}");
        let [found] = &problems(&world)[..] else { panic!("{:?}", problems(&world)) };
        assert!(found.starts_with(problem), "{found}");
        assert!(held_back(&world, "a").is_some() && bad.problems_of("a").len() == 1);
        world.create().await.vetoed_by("a", "no");
        put_in(&world, name, good);
        world.host.reload().await.unwrap();
        assert_eq!((problems(&world), held_back(&world, "a")), (vec![], None));
    }
    assert_eq!(world.host.reloads(), (3, 3));
}

#[tokio::test]
async fn a_missing_half_is_a_bad_file_and_both_missing_are_a_removal() {
    let on = "type = 'cloud'\nname = 'A'\npriority = 1\non = [{ event = 'cloud.pre_create' }]";
    let world = Given::new().hook("a", "veto", on).start().await;
    fs::remove_file(world.given().hooks().join("a.wasm")).unwrap();
    world.host.reload().await.unwrap();
    world.create().await.vetoed_by("a", "no");
    assert_eq!(problems(&world), [r#"a.toml: the component "a.wasm": there is no such file"#]);
    fs::remove_file(world.given().hooks().join("a.toml")).unwrap();
    world.host.reload().await.unwrap();
    world.create().await.trail(&[]);
}

#[tokio::test]
async fn an_operator_who_switches_a_hook_off_is_heard_whatever_is_wrong_with_it() {
    let world = Given::new().hook("a", "veto", "").start().await;
    put_in(&world, "a.wasm", "no wasm");
    put_in(&world, "a.toml", "status = 'disabled'");
    world.host.reload().await.unwrap();
    world.create().await.accepted().trail(&[]);
}

#[tokio::test]
async fn a_broken_catalogue_keeps_the_one_before_it() {
    let own = "[[area]]\nname = 'shop'\nsummary = 'A shop'\n[[event]]\nname = 'shop.sold'\nmode = 'tell'\nsummary = 'Sold'";
    let on = "type = 'shop'\non = [{ event = 'shop.sold' }]";
    let world = Given::new().catalogue(own).hook("a", "accept", on).start().await.without_problems();
    put_in(&world, "catalogue/own.toml", "[[area");
    world.host.reload().await.unwrap();
    world.tell("shop.sold").await.trail(&["a accept"]);
    assert!(problems(&world)[0].starts_with("catalogue/own.toml:1: not TOML"), "{:?}", problems(&world));
}

#[tokio::test]
async fn a_new_version_starts_before_it_is_put_to_work_and_an_old_one_not_again() {
    // R114
    let toml = "type = 'charging.engine'\non = [{ event = 'charging.engine.*' }]\n[properties]\nfail = ";
    let world = Given::new().hook("a", "start", &format!("{toml}'no'")).start().await;
    let started = "info: charging.engine.initialisation Mode::Tell";
    put_in(&world, "a.wasm", version("start", 1));
    world.host.reload().await.unwrap();
    assert_eq!(world.log_of("a"), [started; 2]);
    world.host.reload().await.unwrap();
    put_in(&world, "b.wasm", version("accept", 0));
    world.host.reload().await.unwrap();
    assert_eq!(world.log_of("a"), [started; 2]);
    put_in(&world, "a.toml", format!("{toml}'true'"));
    world.host.reload().await.unwrap();
    assert_eq!(held_back(&world, "a").unwrap(), "it failed to initialise: error: nothing to start with");
    world.ask("charging.engine.pre_account_get").facet("action", "Debit").await.trail(&["a accept"]);
}
