//! Manifests as people write them, and what they are told.

use super::super::{embedded, operator};
use super::*;

fn read(embedded_json: &str, toml: &str) -> (Manifest, Vec<String>) {
    let mut problems = Vec::new();
    let mut table = embedded("a.wasm", embedded_json, &mut problems);
    table.overlay(operator("a.toml", toml, &mut problems));
    let rules = (&Catalogue::built_in(), &HostLimits::default());
    let manifest = check("a", "a.toml", &table, true, rules, &mut problems);
    (manifest, problems.iter().map(ToString::to_string).collect())
}

const EMBEDDED: &str = r#"{"manifest":1,"name":"A","type":"cloud","priority":-5,"on":[{"event":"cloud.pre_create","option":["SERVER"]}],"properties":{"max":3,"who":"x","list":[1,2]}}"#;

#[test]
fn the_operator_is_laid_over_the_component() {
    let toml = "priority = 7\nstatus = 'disabled'\n[[on]]\nevent = 'cloud.pre_delete'\noption = 'ANY'\n\
                [limits]\nmemory = '4MiB'\ndeadline = '20ms'\n[properties]\nmax = 4";
    let (manifest, problems) = read(EMBEDDED, toml);
    assert_eq!(problems, [""; 0]);
    assert_eq!((manifest.name.as_str(), manifest.priority), ("A", 7));
    assert_eq!(manifest.on.len(), 1);
    assert_eq!(manifest.on[0].kind.name, "cloud.pre_delete");
    assert_eq!(manifest.limits.memory_bytes, 4 << 20);
    assert_eq!(manifest.limits.deadline, Some(std::time::Duration::from_millis(20)));
    let properties: Vec<_> = manifest.properties.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(properties, ["list=[1,2]", "max=4", "who=x"]);
}

#[test]
fn a_component_may_not_grant_itself_anything() {
    let json = r#"{"manifest":1,"name":"A","type":"cloud","priority":1,"on":[{"event":"cloud.*"}],"limits":{"fuel":1},"grants":{"http":[]},"new":1,"properties":{"s":{"secret":"k"}}}"#;
    assert_eq!(
        read(json, "").1,
        [
            "a.wasm (manifest): \"grants\" is not the component's to set, only the operator's TOML may",
            "a.wasm (manifest): \"limits\" is not the component's to set, only the operator's TOML may",
            "a.wasm (manifest): warning: unknown key \"new\" is passed over",
            "a.wasm (manifest): the property \"s\" refers to a secret, only the operator's TOML may",
        ]
    );
}

#[test]
fn two_manifests_are_refused_naming_both() {
    let two = format!("{EMBEDDED}\n{}\n", EMBEDDED.replace("\"A\"", "\"B\""));
    assert_eq!(
        read(&two, "").1,
        [
            "a.wasm (manifest): two manifests in one component: \"A\" and \"B\", a component is one hook; put the handlers into one #[hooks] mod"
        ]
    );
}

#[test]
fn every_mistake_of_a_toml_is_reported_with_line_value_and_hint() {
    // R7, R76, R91, R93–R95
    let toml = "id = 'b'\nclass = 'componet'\ntype = 'charging.api'\npriorty = 1\nstatus = 'on'\nsha256 = 'abc'\nordered = 'subjects'\n\
                [[on]]\nevent = 'charging.engine.pre_return_response'\n[[on]]\nevent = 'cloud.pre_creat'\n\
                [[on]]\nevent = 'charging.api.pre_validate'\ntable = ['Acount', 'ANY']\ncolour = 'red'\n\
                [limits]\nmemory = '1GiB'\nfuel = 0\ndeadline = '50 parsecs'\ntime = 1\n[grants]\nhtp = []\nkeyvalue = 1";
    assert_eq!(
        read("", toml).1,
        [
            "a.toml:4: unknown key \"priorty\", did you mean \"priority\"?",
            "a.toml:22: unknown key \"grants.htp\", did you mean \"http\"?",
            "a.toml:2: unknown class \"componet\", did you mean \"component\"?",
            "a.toml: the key \"name\" is missing, every hook has one",
            "a.toml:6: sha256 = \"abc\" is not 64 hex digits",
            "a.toml: the key \"priority\" is missing, lower runs first, such as priority = 10",
            "a.toml:5: unknown status \"on\", it is one of enabled, disabled, archived",
            "a.toml:9: charging.engine.pre_return_response is of type \"charging.engine\", the hook is of type \"charging.api\", a hook binds to the events of one type",
            "a.toml:11: unknown event \"cloud.pre_creat\", did you mean \"cloud.pre_create\"?",
            "a.toml:14: \"Acount\" is no table of charging.api.pre_validate, did you mean \"Account\"?",
            "a.toml:14: \"ANY\" stands alone: it matches every table",
            "a.toml:15: charging.api.pre_validate has no facet \"colour\"; it has: action, resource, table",
            "a.toml:17: limits.memory = \"1GiB\" is not between 64.0 KiB and 128.0 MiB",
            "a.toml:18: limits.fuel = 0 is not between 1 and 1000000000000",
            "a.toml:19: limits.deadline = \"50 parsecs\" is no duration, write it as in \"50ms\" or \"2s\"",
            "a.toml:20: unknown key \"limits.time\"",
            "a.toml:7: unknown ordered \"subjects\", did you mean \"subject\"?",
            "a.toml:23: \"grants.keyvalue\" must be true or false, not an integer",
            "a.toml:1: id = \"b\" is not the file's name, \"a\", leave it out, or rename the file",
        ]
    );
}

#[test]
fn an_optionless_event_takes_no_option_but_any() {
    // R6
    let on = |option| {
        format!(
            "name = 'A'\ntype = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.pre_payment'\noption = '{option}'"
        )
    };
    assert_eq!(read("", &on("ANY")).1, [""; 0]);
    assert_eq!(
        read("", &on("SERVER")).1,
        ["a.toml:6: \"SERVER\" is no option of cloud.pre_payment, it only ever has \"ANY\""]
    );
}
