//! `<id>.wasm`, `<id>.toml`, or both: what the component says of itself, and what its operator says over it.

use super::{check, hook, ids, problems, reason};
use tenterhook::manifest::Status;
use tenterhook_tests::{Given, guest};

#[tokio::test]
async fn a_component_alone_is_a_hook_by_what_it_says_of_itself() {
    // R89, R90, R91
    let given = Given::new().component("quota", &guest("veto"));
    let world = given.start().await.without_problems();
    let manifest = hook(&world.roster, "quota").manifest();
    assert_eq!((&*manifest.name, manifest.priority), ("refuse", 0));
    world.create().await.vetoed_by("quota", "no").because("not today");
}

#[tokio::test]
async fn a_toml_alone_is_a_hook_that_waits_for_its_component() {
    // R119: the others run, and the guard does not fail open
    let toml =
        "name = 'Lost'\ntype = 'cloud'\npriority = 2\n[[on]]\nevent = 'cloud.pre_create'\noption = 'SERVER'";
    let given = Given::new().toml("lost", toml).hook("first", "accept", "");
    assert_eq!(problems(&given), ["lost.toml: the component \"lost.wasm\": there is no such file"]);
    let world = given.start().await;
    assert_eq!(reason(&world, "lost"), "the component \"lost.wasm\": there is no such file");
    world.create().await.vetoed_by("lost", "hook_failed").trail(&["first accept", "lost failed:unavailable"]);
    world.ask("cloud.pre_create").facet("option", "DISK").await.trail(&["first accept"]);
}

#[tokio::test]
async fn the_operator_is_laid_over_the_component_key_by_key() {
    // R74, R75: the properties that it does not name stay, the events are replaced whole
    let toml = "name = 'Mine'\npriority = -3\n[[on]]\nevent = 'cloud.pre_delete'\noption = ['SERVER']\n\
                [properties]\nreason = 'over quota'";
    let world = Given::new().hook("a", "veto", toml).start().await.without_problems();
    let manifest = hook(&world.roster, "a").manifest();
    assert_eq!((&*manifest.name, manifest.priority, manifest.on.len()), ("Mine", -3, 1));
    let answer = world.ask("cloud.pre_delete").facet("option", "SERVER").await;
    answer.vetoed_by("a", "no").because("over quota");
    world.create().await.trail(&[]);
}

#[tokio::test]
async fn what_the_component_sets_can_be_taken_away() {
    let toml = "unset = ['properties.reason', 'description', 'properties.colour']";
    let world = Given::new().hook("a", "veto", toml).start().await;
    assert_eq!(
        world.problems(),
        [
            "a.toml:1: warning: unset: the component sets no \"description\"",
            "a.toml:1: warning: unset: the component sets no \"properties.colour\"",
        ]
    );
    world.create().await.vetoed_by("a", "no").because("");
    let given = world.stop().toml("a", "unset = ['priority', 'name']");
    assert_eq!(
        problems(&given),
        [
            "a.toml: the key \"name\" is missing, every hook has one",
            "a.toml: the key \"priority\" is missing, lower runs first, such as priority = 10",
        ]
    );
}

#[tokio::test]
async fn properties_arrive_as_text_and_everything_else_as_json() {
    // R74, R116: what a hook is set to is the operator's
    let toml = "[properties]\ntext = 'a \"b\"'\nnumber = 16\nfraction = 0.10\nyes = true\nlist = ['a', 1]\n\
                day = 2026-01-31\n[properties.table]\nkey = 'v'";
    let world = Given::new().hook("a", "properties", toml).start().await.without_problems();
    let answer = world.create().await;
    let expected = [
        ["day", "2026-01-31"],
        ["fraction", "0.1"],
        ["list", "[\"a\",1]"],
        ["number", "16"],
        ["table", "{\"key\":\"v\"}"],
        ["text", "a \"b\""],
        ["yes", "true"],
    ];
    let mut seen: Vec<[String; 2]> = serde_json::from_str(answer.data()).expect("pairs");
    seen.sort();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_hook_can_be_switched_off_archived_and_on_again_and_loses_nothing() {
    // R79, R80, R81, R82, R67: the same id all the time
    let toml = |status: &str| {
        format!("name = 'Mine'\npriority = 7\nstatus = '{status}'\n[properties]\nreason = 'mine'")
    };
    let mut given = Given::new();
    for (status, is) in [
        ("enabled", Status::Enabled),
        ("disabled", Status::Disabled),
        ("archived", Status::Archived),
        ("enabled", Status::Enabled),
    ] {
        let world = given.hook("a", "veto", &toml(status)).start().await.without_problems();
        assert_eq!(ids(&world.roster), ["a"]);
        let hook = hook(&world.roster, "a");
        assert_eq!((hook.manifest().status, hook.unavailable()), (is, None));
        assert_eq!((&*hook.manifest().name, hook.manifest().priority), ("Mine", 7));
        match is {
            Status::Enabled => world.create().await.vetoed_by("a", "no").because("mine").trail(&["a veto"]),
            Status::Disabled | Status::Archived => world.create().await.accepted().trail(&[]),
        };
        given = world.stop();
    }
}

#[tokio::test]
async fn a_hook_is_added_and_removed_by_its_files_alone() {
    // R89
    let world = Given::new().hook("a", "accept", "").start().await;
    world.create().await.trail(&["a accept"]);
    let world = world.stop().hook("b", "veto", "priority = 2").start().await;
    world.create().await.trail(&["a accept", "b veto"]);
    let world = world.stop().without("b.wasm").without("b.toml").start().await.without_problems();
    world.create().await.trail(&["a accept"]);
}

#[tokio::test]
async fn a_hook_that_is_switched_off_is_compiled_only_by_a_check() {
    // R80: it costs nothing, and its mistakes can be found before it is switched on
    let toml = "name = 'Off'\ntype = 'cloud'\npriority = 1\nstatus = 'disabled'\n[[on]]\nevent = 'cloud.*'";
    let empty = b"\0asm\x0d\0\x01\0";
    let given = Given::new().file("off.wasm", empty).toml("off", toml);
    let found = problems(&given);
    let expected = "off.wasm: no hook for this host: it exports nothing, and no tenterhook:hook/handler";
    assert_eq!(found, [expected]);
    assert_eq!(hook(&check(&given), "off").manifest().status, Status::Disabled);
    let world = given.start().await.without_problems();
    world.create().await.accepted().trail(&[]);
}
