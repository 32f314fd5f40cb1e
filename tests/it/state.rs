//! What a hook keeps between events: its own, counted once, and bounded.

use std::future::IntoFuture;
use tenterhook::outcome::Failure;
use tenterhook_tests::{Given, World};

const GRANTED: &str = "grants.keyvalue = true";

async fn keeping(toml: &str) -> World {
    let toml = format!("{GRANTED}\non_failure = 'accept'\n{toml}");
    Given::new().state().hook("a", "keep", &toml).start().await
}

/// What the steps answer, as JSON text.
async fn steps(world: &World, steps: &str) -> String {
    world.create().data(steps).await.data().to_owned()
}

#[tokio::test]
async fn a_hook_counts_every_event_asked_and_told() {
    let given = Given::new().state().hook("a", "tally", GRANTED);
    let world = given.start().await.without_problems();
    for count in ["1", "2", "3"] {
        world.create().await.data_is(count);
    }
    world.created().await.trail(&["a accept"]);
    world.create().await.data_is("5");
    assert_eq!(world.log_of("a").pop().as_deref(), Some("info: 5"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_the_same_time_all_count() {
    let world = Given::new().state().hook("a", "tally", GRANTED).start().await;
    let calls: Vec<_> = (0..40).map(|_| tokio::spawn(world.create().into_future())).collect();
    for call in calls {
        call.await.unwrap().accepted();
    }
    world.create().await.data_is("41");
}

#[tokio::test]
async fn what_a_failed_call_wrote_is_gone() {
    for isolation in ["fresh", "warm"] {
        let toml = format!("isolation = '{isolation}'\non_failure = 'accept'\n{GRANTED}");
        let world = Given::new().state().hook("a", "tally", &toml).start().await;
        world.create().await.data_is("1");
        world.create().data("\"fail\"").await.failed("a", Failure::Error, "as told");
        world.create().data("\"panic\"").await.failed("a", Failure::Trap, "as told");
        world.created().data("\"fail\"").await.failed("a", Failure::Error, "as told");
        world.create().await.data_is("2");
    }
    let world = keeping("").await;
    world.create().data(r#"[["set","a","1"],["fail"]]"#).await.failed("a", Failure::Error, "as told");
    assert_eq!(steps(&world, r#"[["get","a"]]"#).await, "[null]");
}

#[tokio::test]
async fn a_verdict_beyond_its_power_leaves_nothing() {
    let world = keeping("").await;
    world.created().data(r#"[["set","a","1"]]"#).await.failed("a", Failure::Power, "no hook may amend");
    assert_eq!(steps(&world, r#"[["get","a"]]"#).await, "[null]");
}

#[tokio::test]
async fn a_dry_run_counts_for_itself_alone() {
    let world = Given::new().state().hook("a", "tally", GRANTED).start().await;
    world.create().await.data_is("1");
    for _ in 0..2 {
        let event = tenterhook::Event::new("cloud.pre_create", "tests").facet("option", "SERVER");
        assert_eq!(world.host.dry_run(event).await.unwrap().data().unwrap().as_str(), "2");
    }
    world.create().await.data_is("2");
}

#[tokio::test]
async fn hooks_and_tenants_have_a_state_of_their_own() {
    let on =
        |option: &str| format!("{GRANTED}\non = [{{ event = 'cloud.pre_create', option = '{option}' }}]");
    let given = Given::new().state().hook("a", "tally", &on("SERVER")).hook("b", "tally", &on("DISK"));
    let world = given.start().await;
    for count in ["1", "2"] {
        world.create().await.data_is(count);
    }
    world.create().facet("option", "DISK").await.data_is("1");
    world.create().tenant("t1").await.data_is("1");
    world.create().tenant("t2").await.data_is("1");
    world.create().tenant("t1").await.data_is("2");
    world.create().await.data_is("3");
}

#[tokio::test]
async fn a_call_sees_what_it_wrote_in_reading_and_in_listing() {
    let world = keeping("").await;
    let script = r#"[["set","b","2"],["get","b"],["exists","b"],["increment","n",40],["increment","n",2],["get","n"],
        ["delete","b"],["get","b"],["exists","b"],["set","c",""],["list"]]"#;
    let seen = r#"[null,"2",true,40,42,"42",null,null,false,null,[[2],"c","n",true]]"#;
    assert_eq!(steps(&world, script).await, seen);
    assert_eq!(
        steps(&world, r#"[["list"],["get","n"],["get","c"]]"#).await,
        r#"[[[2],"c","n",true],"42",""]"#
    );
    let numbers = r#"[["increment","c",1],["increment","n",18446744073709551615]]"#;
    let refused = r#"["\"c\" is no number, and cannot be incremented","\"n\" would be more than 18446744073709551615"]"#;
    assert_eq!(steps(&world, numbers).await, refused);
}

#[tokio::test]
async fn a_long_listing_comes_in_pages() {
    let world = keeping("").await;
    for part in 0..3 {
        let script = format!(r#"[["fill",{},{}]]"#, part * 900, part * 900 + 900);
        assert_eq!(steps(&world, &script).await, "[null]");
    }
    assert_eq!(steps(&world, r#"[["list"]]"#).await, r#"[[[1000,1000,700],"00000","02699",true]]"#);
    // With what the call itself wrote and took away.
    let script = r#"[["delete","00000"],["set","x","1"],["delete","02699"],["list"]]"#;
    assert_eq!(steps(&world, script).await, r#"[null,null,null,[[1000,1000,699],"00001","x",true]]"#);
}

#[tokio::test]
async fn many_keys_are_written_and_read_in_one_call() {
    let world = keeping("").await;
    let script = r#"[["set-many","a","b","c"],["delete-many","b","none"],["get-many","a","b","c"]]"#;
    let pairs = r#"[["a","a"],null,["c","c"]]"#;
    assert_eq!(steps(&world, script).await, format!("[null,null,{pairs}]"));
    assert_eq!(steps(&world, r#"[["get-many","a","b","c"]]"#).await, format!("[{pairs}]"));
}

#[tokio::test]
async fn what_is_too_much_is_refused_and_the_hook_goes_on() {
    let world = keeping("").await;
    let script = r#"[["long-key",513],["long-key",0],["long-key",512],["long-value",65537],["long-value",65536],
        ["fill",0,2000],["open","other"],["list"]]"#;
    let refused = r#"["a key of 513 bytes; it has 1 to 512","a key of 0 bytes; it has 1 to 512",null,
        "a value of 65537 bytes, at most 65536 are allowed",null,"one call writes at most 1000 keys",
        "Error::NoSuchStore",[[1000],"00000","long",true]]"#;
    assert_eq!(steps(&world, script).await, refused.split("\n        ").collect::<String>());
}

#[tokio::test]
async fn without_the_grant_access_is_denied() {
    for toml in ["", "grants.keyvalue = false"] {
        let world = Given::new().state().hook("a", "keep", toml).start().await;
        let script = r#"[["open","default"],["get","a"]]"#;
        assert_eq!(steps(&world, script).await, r#"["Error::AccessDenied","Error::AccessDenied"]"#);
    }
    let world = Given::new().state().hook("a", "tally", "on_failure = 'accept'").start().await;
    let denied = "state \"events\": access is denied; its operator grants it with keyvalue = true";
    world.create().await.failed("a", Failure::Error, denied);
}

#[tokio::test]
async fn where_the_host_keeps_no_state_a_hook_that_needs_it_fails_closed() {
    let world = Given::new().hook("a", "tally", GRANTED).hook("b", "accept", "").start().await;
    let reason = "it is granted keyvalue, and this host keeps no state";
    assert_eq!(world.problems(), [format!("a.toml: {reason}")]);
    let answer = world.create().await;
    answer.vetoed_by("a", "hook_failed").failed("a", Failure::Unavailable, reason);
}

#[tokio::test]
async fn a_want_that_nobody_answers_is_a_warning() {
    let problems = async |toml: &str| Given::new().state().hook("a", "tally", toml).start().await.problems();
    let want = "wants.keyvalue = true\n";
    let warning = "a.toml:1: warning: it wants keyvalue, and is not granted it, put keyvalue = true under [grants], or \
                   keyvalue = false";
    assert_eq!(problems(want).await, [warning]);
    assert_eq!(problems(&format!("{want}grants.keyvalue = false")).await, [""; 0]);
    assert_eq!(problems(&format!("{want}{GRANTED}")).await, [""; 0]);
    let wrong = problems("grants.keyvalue = 'yes'").await;
    assert_eq!(wrong, ["a.toml:1: \"grants.keyvalue\" must be true or false, not a string"]);
}

#[tokio::test]
async fn state_outlives_a_new_version_of_the_hook() {
    let world = Given::new().state().hook("a", "tally", GRANTED).start().await;
    world.create().await.data_is("1");
    let toml = world.given().hooks().join("a.toml");
    std::fs::write(toml, format!("{GRANTED}\nproperties.a = 1\nlimits.deadline = '20s'")).unwrap();
    world.host.reload().await.unwrap();
    world.create().await.data_is("2");
}
