//! The fields that the three systems give a hook or a handler.

use super::{EMPTY, check, hook, problems, saying};
use std::time::Duration;
use tenterhook::manifest::{Class, Isolation, OnFailure, Status};
use tenterhook_tests::{Given, guest};

#[test]
fn every_field_is_read_back_as_it_was_written() {
    // R66, R67, R68, R74–R76, R90–R95, R98, R99
    let toml = "id = 'all'\nname = 'All fields'\ndescription = 'Every one of them'\nclass = 'component'\n\
                component = 'real.wasm'\ntype = 'charging.engine'\npriority = -7\nstatus = 'enabled'\n\
                on_failure = 'accept'\nisolation = 'warm'\ntenant = 't1'\n\
                [[on]]\nevent = 'charging.engine.pre_account_get'\naction = 'Debit'\n\
                [[on]]\nevent = 'charging.engine.post_session_expiry'\n\
                [limits]\nfuel = 5_000\nmemory = '2MiB'\ndeadline = '70ms'\noutput = '1KiB'\nlog = 512\n\
                [properties]\ntask = '120.0.0.1:5000/api'\n";
    let given = Given::new().component("real", &guest("accept")).toml("all", toml);
    assert_eq!(problems(&given), [""; 0]);
    let roster = check(&given);
    let manifest = hook(&roster, "all").manifest();
    let texts = [&*manifest.id, &manifest.name, &manifest.description, &manifest.component, &manifest.area];
    assert_eq!(texts, ["all", "All fields", "Every one of them", "real.wasm", "charging.engine"]);
    let words = (manifest.class, manifest.status, manifest.on_failure, manifest.isolation);
    assert_eq!(words, (Class::Component, Status::Enabled, Some(OnFailure::Accept), Isolation::Warm));
    assert_eq!((manifest.priority, manifest.tenant.as_deref()), (-7, Some("t1")));
    let on: Vec<&str> = manifest.on.iter().map(|on| on.kind.native.as_str()).collect();
    assert_eq!(on, ["Pre Account Get", "Post Session Expiry"]);
    let limits = &manifest.limits;
    assert_eq!(
        (limits.fuel, limits.memory_bytes, limits.deadline),
        (5_000, 2 << 20, Some(Duration::from_millis(70)))
    );
    assert_eq!((limits.output_bytes, limits.log_bytes), (1024, 512));
    assert_eq!(manifest.properties["task"], "120.0.0.1:5000/api");
}

/// What is said about a hook whose component says nothing of itself.
fn about(toml: &str) -> Vec<String> {
    let component = saying(EMPTY, r#"{"manifest":1}"#);
    let mut found = problems(&Given::new().file("a.wasm", component).toml("a", toml));
    found.retain(|problem| problem.starts_with("a.toml"));
    found
}

#[test]
fn name_type_priority_and_events_are_required_and_a_description_is_not() {
    // R90, R91, R92, R94, R95
    let whole = "name = 'A'\ntype = 'cloud'\npriority = 1\non = [{ event = 'cloud.pre_auth' }]";
    assert_eq!(about(whole), [""; 0]);
    assert_eq!(about(&format!("description = ''\n{whole}")), [""; 0]);
    for (line, hint) in [
        ("name", "every hook has one"),
        ("type", "every hook has one"),
        ("priority", "lower runs first, such as priority = 10"),
        ("on", "add an [[on]] with the event it listens to"),
    ] {
        let without: Vec<&str> =
            whole.lines().filter(|text| !text.starts_with(&format!("{line} "))).collect();
        let expected = format!("a.toml: the key {line:?} is missing, {hint}");
        assert_eq!(about(&without.join("\n")), [expected]);
    }
    let empty = about(&whole.replace("'A'", "'  '").replace("[{ event = 'cloud.pre_auth' }]", "[]"));
    assert_eq!(empty, ["a.toml:1: \"name\" is empty", "a.toml:4: the hook listens to no event"]);
}

#[test]
fn a_hook_binds_to_the_events_of_its_own_type() {
    // R94, R98, R113
    let hook = |area: &str, event: &str| {
        format!("name = 'A'\npriority = 1\ntype = '{area}'\n[[on]]\nevent = '{event}'")
    };
    for (area, event) in [
        ("charging.api", "charging.engine.pre_return_response"),
        ("charging.engine", "charging.api.post_credit_success"),
        ("billing", "cloud.*"),
    ] {
        let found = about(&hook(area, event));
        let of = event.trim_end_matches(|c| c != '.').trim_end_matches('.');
        let expected = format!(
            "a.toml:5: {event} is of type {of:?}, the hook is of type {area:?}, a hook binds to the events of one type"
        );
        assert_eq!(found, [expected]);
    }
    let unknown = about(&hook("clowd", "cloud.pre_auth"));
    assert_eq!(unknown[0], "a.toml:3: unknown type \"clowd\", did you mean \"cloud\"?");
}

#[test]
fn the_fifteen_events_of_the_handler_form_can_be_chosen_and_no_other() {
    // R76, in the spelling of the events
    let chosen = [
        "create",
        "update",
        "delete",
        "archive",
        "custom_fields.update",
        "balance_notzero",
        "balance_zero",
        "accounts.create",
        "accounts.update",
        "accounts.delete",
        "subscriptions.assign",
        "subscriptions.activate",
        "subscriptions.deactivate",
        "subscriptions.renew",
        "subscriptions.close",
    ];
    let toml = |event: &str| {
        format!("name = 'A'\npriority = 1\ntype = 'billing'\n[[on]]\nevent = 'billing.clients.{event}'")
    };
    for event in chosen {
        assert_eq!(about(&toml(event)), [""; 0], "{event}");
    }
    let wrong = about(&toml("accounts.archive"));
    assert!(
        wrong[0].starts_with("a.toml:5: unknown event \"billing.clients.accounts.archive\""),
        "{wrong:?}"
    );
}

#[test]
fn a_class_is_one_of_five_and_each_has_its_task() {
    // R69, R77, R78, R93, R115–R118
    let hook = |class: &str| {
        format!("class = '{class}'\nname = 'A'\npriority = 1\ntype = 'cloud'\n[[on]]\nevent = 'cloud.*'")
    };
    assert_eq!(about(&hook("component")), [""; 0]);
    let target = "properties = { target = 'crm.example.com' }\n";
    assert_eq!(about(&format!("{target}{}", hook("http"))), [""; 0]);
    assert_eq!(about(&format!("{target}{}", hook("notification"))), [""; 0]);
    // Which programs may run is said elsewhere.
    let script = about(&format!("properties = {{ path = '/opt/a' }}\n{}", hook("script")));
    assert_eq!(script.len(), 1, "{script:?}");
    assert!(script[0].contains("no script may run on this host"), "{script:?}");
    let source = "properties = { script = 'function handle() {}' }\n";
    assert_eq!(about(&format!("{source}{}", hook("javascript"))), [""; 0]);
    let listed = "it is one of component, javascript, http, script, notification";
    assert_eq!(about(&hook("wasm")), [format!("a.toml:1: unknown class \"wasm\", {listed}")]);
}
