//! `hooks --event`, `--class`, `--status`: the search of section 5.

use super::tenterhook;
use tenterhook_tests::{Ended, Given};

fn search(given: &Given, args: &[&str]) -> Ended {
    tenterhook(["hooks", "--json"]).args(args).hooks(given).ends()
}

/// The ids that a search finds.
#[track_caller]
fn found(given: &Given, args: &[&str]) -> Vec<String> {
    let ended = search(given, args);
    let hooks = ended.exits(0).json();
    hooks.as_array().unwrap().iter().map(|hook| hook["id"].as_str().unwrap().to_owned()).collect()
}

fn on(given: Given, id: &str, area: &str, event: &str) -> Given {
    let toml = format!("type = \"{area}\"\npriority = 1\n[[on]]\nevent = \"{event}\"\n");
    given.hook(id, "accept", &toml)
}

#[test]
fn a_search_by_event_finds_exactly_its_hooks() {
    // R70: hooks on all of an area listen to it too; an old name leads to its event.
    let mut given = Given::new();
    let hooks = [
        ("all-billing", "billing", "billing.*"),
        ("all-cloud", "cloud", "cloud.*"),
        ("archive", "billing", "billing.clients.archive"),
        ("balance", "billing", "billing.clients.balance_notzero"),
        ("old", "billing", "billing.clients.alance_notzero"),
        ("create", "cloud", "cloud.pre_create"),
    ];
    for (id, area, event) in hooks {
        given = on(given, id, area, event);
    }
    let event = |name: &str| found(&given, &["--event", name]);
    assert_eq!(event("billing.clients.archive"), ["all-billing", "archive"]);
    assert_eq!(event("billing.clients.balance_notzero"), ["all-billing", "balance", "old"]);
    assert_eq!(event("billing.clients.alance_notzero"), ["all-billing", "balance", "old"]);
    assert_eq!(event("cloud.pre_create"), ["all-cloud", "create"]);
    assert_eq!(event("cloud.pre_delete"), ["all-cloud"]);
    assert_eq!(event("charging.api.pre_validate"), [""; 0]);
}

#[test]
fn every_event_of_the_handler_form_can_be_searched_for_and_nothing_else() {
    // R70, R76: the fifteen events, by the names of the catalogue, which calls packages subscriptions.
    let events = [
        "clients.create",
        "clients.update",
        "clients.delete",
        "clients.archive",
        "clients.custom_fields.update",
        "clients.balance_notzero",
        "clients.balance_zero",
        "clients.accounts.create",
        "clients.accounts.update",
        "clients.accounts.delete",
        "clients.subscriptions.assign",
        "clients.subscriptions.activate",
        "clients.subscriptions.deactivate",
        "clients.subscriptions.renew",
        "clients.subscriptions.close",
    ];
    // Without components: what a hook listens to is known all the same, and there is nothing to compile.
    let mut given = Given::new();
    for (n, event) in events.iter().enumerate() {
        let toml = format!(
            "name = \"x\"\ntype = \"billing\"\npriority = {n}\n[[on]]\nevent = \"billing.{event}\"\n"
        );
        given = given.toml(&format!("hook-{n}"), &toml);
    }
    for (n, event) in events.iter().enumerate() {
        assert_eq!(
            found(&given, &["--event", &format!("billing.{event}")]),
            [format!("hook-{n}")],
            "{event}"
        );
    }
    let unknown = search(&given, &["--event", "billing.clients.creat"]);
    unknown.exits(2).prints("");
    unknown.complains(
        "error: unknown event \"billing.clients.creat\", did you mean \"billing.clients.create\"?\n",
    );
    search(&given, &["--event", "clients.create"]).exits(2).says("did you mean \"billing.clients.create\"?");
    search(&given, &["--event", "zebra"])
        .exits(2)
        .says("error: unknown event \"zebra\", `tenterhook events` lists them");
}

#[test]
fn a_search_by_class_finds_only_that_kind() {
    // R71: script or http; the others are found the same way.
    let of = |given: Given, class: &str| {
        let toml = format!(
            "name = \"x\"\nclass = \"{class}\"\ntype = \"billing\"\npriority = 1\n[[on]]\nevent = \"billing.clients.create\"\n"
        );
        given.toml(&format!("a-{class}"), &toml)
    };
    let classes = ["http", "script", "javascript", "notification"];
    let given = classes.into_iter().fold(Given::new().hook("a-component", "accept", ""), of);
    for class in classes.into_iter().chain(["component"]) {
        assert_eq!(found(&given, &["--class", class]), [format!("a-{class}")]);
    }
    assert_eq!(found(&given, &[]).len(), 5);
    search(&given, &["--class", "post"])
        .exits(2)
        .prints("")
        .says("[possible values: component, javascript, http, script, notification]");
}

/// A hook of each status.
fn of_each_status() -> Given {
    let hook = |given: Given, status: &str| {
        given.hook(&format!("is-{status}"), "accept", &format!("status = \"{status}\""))
    };
    ["enabled", "disabled", "archived"].into_iter().fold(Given::new(), hook)
}

#[test]
fn a_search_by_status_finds_only_hooks_of_that_status() {
    // R72
    let given = of_each_status();
    for status in ["enabled", "disabled", "archived"] {
        assert_eq!(found(&given, &["--status", status]), [format!("is-{status}")]);
    }
    search(&given, &["--status", "on"]).exits(2).says("[possible values: enabled, disabled, archived]");
}

#[test]
fn a_blank_status_is_the_default_and_hides_only_archived_hooks() {
    // R73
    let given = of_each_status();
    assert_eq!(found(&given, &[]), ["is-disabled", "is-enabled"]);
    assert_eq!(found(&given, &["--status", ""]), ["is-disabled", "is-enabled"]);
    let listed = tenterhook(["hooks"]).hooks(&given).ends();
    listed.exits(0).shows("is-disabled").hides("is-archived");
    tenterhook(["hooks", "--status", "archived"]).hooks(&given).ends().exits(0).shows("is-archived");
}

#[test]
fn searches_narrow_together() {
    let given = of_each_status();
    let both = ["--event", "cloud.pre_auth", "--status", "archived", "--class", "component"];
    assert_eq!(found(&given, &both), ["is-archived"]);
    assert_eq!(found(&given, &["--event", "cloud.pre_auth", "--class", "http"]), [""; 0]);
    let none = tenterhook(["hooks", "--class", "http"]).hooks(&given).ends();
    none.exits(0).prints("").complains("no hook found; hooks has 3 hooks\n");
}
