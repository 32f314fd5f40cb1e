//! `hooks create` and `hooks edit`: the seeds' form, filled in on the command line.

use super::tenterhook;
use crate::access::{serve, token};
use std::fs;
use tenterhook_tests::{Ended, Given, Shelf};

fn order_at(given: &Given, args: &[&str]) -> Ended {
    tenterhook(["hooks"]).args(args).hooks(given).ends()
}

fn toml(given: &Given, id: &str) -> toml::Table {
    fs::read_to_string(given.hooks().join(format!("{id}.toml"))).unwrap().parse().unwrap()
}

fn expected(text: &str) -> toml::Table {
    text.parse().unwrap()
}

const CREATE: [&str; 12] = [
    "create",
    "crm",
    "--name",
    "Tell the CRM",
    "--event",
    "billing.clients.create",
    "--http",
    "https://crm.example.com/hooks",
    "--status",
    "disabled",
    "--priority",
    "1",
];

#[test]
fn a_hook_is_created_with_all_five_fields_and_read_back() {
    // R74–R76, R78–R81
    let given = Given::new();
    order_at(&given, &CREATE).exits(0).shows("wrote").shows("crm is disabled");
    let whole = "name = 'Tell the CRM'\nclass = 'http'\ntype = 'billing'\nstatus = 'disabled'\npriority = 1\n\
        [properties]\ntarget = 'https://crm.example.com/hooks'\n[[on]]\nevent = 'billing.clients.create'\n";
    assert_eq!(toml(&given, "crm"), expected(whole));
    let shown = order_at(&given, &["show", "crm"]);
    shown
        .exits(0)
        .shows("Tell the CRM")
        .shows("https://crm.example.com/hooks")
        .shows("billing.clients.create");
    order_at(&given, &CREATE).exits(2).says("there is a hook \"crm\" already");
}

#[test]
fn each_class_has_its_task() {
    let (given, shelf) = (Given::new(), Shelf::new());
    let script = shelf.path().join("floor.js");
    fs::write(&script, "function handle(event) { return veto('no', event.id) }").unwrap();
    let tasks = [
        ("notification", "target", "--notify", "https://crm.example.com/hooks"),
        ("javascript", "script", "--javascript", script.to_str().unwrap()),
    ];
    for (class, property, option, task) in tasks {
        let args = ["create", class, "--event", "cloud.*", option, task, "--priority=-3"];
        order_at(&given, &args).exits(0).shows(&format!("{class} is enabled"));
        let made = toml(&given, class);
        assert_eq!(
            (made["class"].as_str(), made["priority"].as_integer()),
            (Some(class), Some(-3)),
            "{made}"
        );
        assert!(made["properties"].as_table().unwrap().contains_key(property), "{made}");
    }
    // R77
    let program = shelf.put("script.sh", "exit 0");
    let program = program.to_str().unwrap();
    let args = ["create", "vcs", "--event", "cloud.pre_create", "--script", program, "--priority", "1"];
    order_at(&given, &args).exits(2).says("no script may run on this host");
    let args = args.into_iter().chain(["--scripts", shelf.path().to_str().unwrap()]).collect::<Vec<_>>();
    order_at(&given, &args).exits(0).shows("vcs is enabled");
    assert_eq!(toml(&given, "vcs")["properties"]["path"].as_str(), Some(program));
    let made = toml(&given, "javascript");
    assert!(made["properties"]["script"].as_str().unwrap().starts_with("function handle"), "{made}");
}

#[test]
fn what_is_missing_or_wrong_is_said_at_once_and_nothing_is_written() {
    let given = Given::new();
    let none = order_at(&given, &["create", "a"]);
    none.exits(2)
        .says("no --event is named")
        .says("no --priority is named")
        .says("nothing is said of what happens");
    let wrong = ["create", "a", "--event", "cloud.pre_creat", "--http", "https://a/", "--priority", "1"];
    order_at(&given, &wrong).exits(2).says("did you mean \"cloud.pre_create\"?");
    let wrong = ["create", "a", "--event", "cloud.pre_create", "--http", "ftp://a/", "--priority", "1"];
    order_at(&given, &wrong).exits(2).says("target: it is neither http nor https");
    let wrong = ["create", "../a", "--event", "cloud.pre_create", "--http", "https://a/", "--priority", "1"];
    order_at(&given, &wrong).exits(2).says("\"../a\" is no id for a hook");
    let two = ["create", "a", "--event", "cloud.pre_create", "--http", "https://a/", "--script", "/a"];
    order_at(&given, &two).exits(2).says("cannot be used with");
    let lost = ["create", "a", "--event", "cloud.pre_create", "--javascript", "lost.js", "--priority", "1"];
    order_at(&given, &lost).exits(2).says("lost.js").says("cannot be read");
    order_at(&given, &["edit", "a", "--priority", "1"]).exits(2).says("there is no hook \"a\"");
    assert!(fs::read_dir(given.hooks()).map_or(0, Iterator::count) == 0);
}

#[test]
fn an_edit_changes_what_it_names_and_leaves_the_rest_as_it_is_written() {
    let given = Given::new();
    let written = "# Ours.\nname = 'CRM' # for people\nclass = 'http'\ntype = 'billing'\npriority = 1\nstatus = 'disabled'\n\
        [[on]]\nevent = 'billing.clients.create'\n[properties]\ntarget = 'https://a.test/'\nformat = 'jerasoft'\n";
    fs::create_dir_all(given.hooks()).unwrap();
    fs::write(given.hooks().join("crm.toml"), written).unwrap();
    let args = ["edit", "crm", "--priority", "7", "--http", "https://b.test/", "--unset", "format"];
    order_at(&given, &args).exits(0).shows("crm is disabled");
    let text = fs::read_to_string(given.hooks().join("crm.toml")).unwrap();
    let expected = written
        .replace("priority = 1", "priority = 7")
        .replace("'https://a.test/'", "\"https://b.test/\"")
        .replace("format = 'jerasoft'\n", "");
    assert_eq!(text, expected);
    order_at(&given, &["edit", "crm"]).exits(2).says("nothing is said of what is to be changed");
    let args =
        ["edit", "crm", "--event", "cloud.pre_create", "--facet", "option=SERVER", "--facet", "option=DISK"];
    order_at(&given, &args).exits(0);
    let made = toml(&given, "crm");
    assert_eq!(made["type"].as_str(), Some("cloud"));
    assert_eq!(made["on"], expected_on());
}

fn expected_on() -> toml::Value {
    expected("[[on]]\nevent = 'cloud.pre_create'\noption = ['SERVER', 'DISK']\n")["on"].clone()
}

#[test]
fn a_hook_of_a_service_is_created_and_edited() {
    let given = crate::command::guards();
    let token = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &[]);
    let create: Vec<&str> = ["hooks"].into_iter().chain(CREATE).collect();
    crate::remote::hooks::order(&served, &token, &create)
        .exits(0)
        .shows("made crm at")
        .shows("crm is disabled");
    crate::remote::hooks::order(&served, &token, &["hooks", "edit", "crm", "--status", "enabled"])
        .exits(0)
        .shows("crm is enabled");
    let made = toml(&given, "crm");
    assert_eq!((made["status"].as_str(), made["name"].as_str()), (Some("enabled"), Some("Tell the CRM")));
    crate::remote::hooks::order(&served, &token, &["hooks", "edit", "lost", "--priority", "1"])
        .exits(2)
        .says("no hook \"lost\"");
}
