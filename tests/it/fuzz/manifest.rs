//! Manifests and catalogues: JSON that a component carries, TOML that an operator wrote.

use super::{Fuzz, Noise, texts, workspace};
use std::fs;
use tenterhook::catalogue::Catalogue;
use tenterhook::problem::Problem;

const MANIFESTS: u64 = 30_000;
const CATALOGUES: u64 = 8_000;

/// A component's own manifest with every key that it may have.
const EMBEDDED: &str = r#"{"manifest":1,"name":"Quota","description":"Refuses","type":"cloud","priority":10,
"on_failure":"veto","on":[{"event":"cloud.pre_create","option":["SERVER","DISK"]},{"event":"cloud.post_create"}],
"properties":{"max":16,"rates":{"eu":1.10,"us":[1,2.5]},"name":"x","off":null,"on":true},"wants":{}}"#;

/// An operator's TOML with every key that it may have.
const OPERATOR: &str = "id = 'a'\nname = 'Quota'\ndescription = '''\nRefuses'''\nclass = 'component'\n\
component = 'b.wasm'\nsha256 = '0f4c7a9d2b8e6f1035a7c9e1b3d5f7092143658709badcfe1032547698badcfe'\n\
type = \"cloud\"\npriority = -1_0\nstatus = 'enabled'\nisolation = 'warm'\non_failure = 'accept'\ntenant = 't'\n\
unset = ['properties.max', 'wants']\n[[on]]\nevent = 'cloud.*'\n[[on]]\nevent = 'cloud.pre_create'\n\
option = ['SERVER', \"DISK\"]\n[limits]\nfuel = 1_000\nmemory = '16MiB'\ndeadline = '20ms'\noutput = 65536\n\
log = '1 KiB'\n[grants]\n[properties]\nmax = 0x10\nrate = 1.5e3\nat = 1979-05-27T07:32:00Z\n\
rates = { eu = 1, us = { a = [1, 'x'] } }\n";

const WORDS: [&str; 30] = [
    "manifest",
    "name",
    "type",
    "priority",
    "on",
    "on_failure",
    "event",
    "properties",
    "secret",
    "wants",
    "grants",
    "limits",
    "schedule",
    "id",
    "component",
    "sha256",
    "status",
    "isolation",
    "tenant",
    "unset",
    "'cloud.*'",
    "\"cloud.*\"",
    "\"charging.api.pre_validate\"",
    "\"veto\"",
    "'disabled'",
    "[[on]]",
    "{ secret = 'x' }",
    "'16 elephants'",
    "'1h'",
    "[\"properties.\"]",
];

#[test]
fn manifests_and_what_operators_write_over_them_are_read_or_refused() {
    let mut tomls = vec![OPERATOR.to_owned(), String::new()];
    for plugin in fs::read_dir(workspace().join("plugins")).unwrap().flatten() {
        tomls.extend(fs::read_to_string(plugin.path().join("hook.toml")));
    }
    tomls.sort();
    let catalogue = Catalogue::built_in();
    let mut fuzz = Fuzz::new("manifest");
    for seed in 0..MANIFESTS {
        let mut noise = Noise::seeded(seed);
        let (mut json, mut toml) = (EMBEDDED.to_owned(), noise.pick(&tomls).clone());
        let which = noise.below(3);
        if which != 0 {
            json = noise.changed_text(&json, &WORDS);
        }
        if which != 1 {
            toml = noise.changed_text(&toml, &WORDS);
        }
        fuzz.feed(seed, &format!("{json}\n{toml}"), || {
            let problems = tenterhook::fuzz::manifest(&json, &toml, &catalogue);
            bounded(&problems, json.len() + toml.len());
            if problems.iter().any(Problem::is_error) { "refused" } else { "taken" }
        });
    }
    fuzz.done(&[("taken", MANIFESTS / 50), ("refused", MANIFESTS / 4)]);
}

#[test]
fn catalogues_are_read_or_refused() {
    let samples = texts("host/catalogue", ".toml");
    let words = ["[[area]]", "[[enum]]", "[[event]]", "name", "mode", "'ask'", "'tell'", "powers", "facets"];
    let mut fuzz = Fuzz::new("catalogue");
    for seed in 0..CATALOGUES {
        let mut noise = Noise::seeded(seed);
        let sample = noise.pick(&samples);
        // Some blocks of the catalogue, its areas always.
        let blocks: Vec<&str> = sample.split("\n\n").collect();
        let chance = *noise.pick(&[2, 10, 20]);
        let some = blocks.iter().filter(|block| block.contains("[[area]]") || noise.once_in(chance));
        let sample = some.copied().collect::<Vec<_>>().join("\n\n");
        let text = noise.changed_text(&sample, &words);
        fuzz.feed(seed, &text, || {
            let mut catalogue = Catalogue::default();
            let problems = catalogue.add("own.toml", &text);
            bounded(&problems, text.len());
            for kind in catalogue.kinds() {
                assert!(catalogue.areas().any(|(area, _)| area == kind.area), "{kind:?}");
                assert_eq!(catalogue.get(&kind.name), Some(kind));
            }
            if problems.is_empty() { "taken" } else { "refused" }
        });
    }
    fuzz.done(&[("taken", CATALOGUES / 100), ("refused", CATALOGUES / 4)]);
}

/// What is said of an input is in proportion to it.
fn bounded(problems: &[Problem], bytes: usize) {
    let said: usize = problems.iter().map(|problem| problem.to_string().len()).sum();
    assert!(said <= 20_000 + 500 * bytes, "{said} bytes are said of {bytes}");
    assert!(problems.len() <= 10 + 2 * bytes, "{} problems", problems.len());
}

#[test]
fn a_manifest_in_strings_in_strings_takes_no_stack() {
    let json = format!("{{\"manifest\":1,\"properties\":{{\"a\":{}}}}}", super::in_strings(18));
    let read = move || tenterhook::fuzz::manifest(&json, "", &Catalogue::built_in());
    assert!(!super::on_little_stack(read).is_empty());
}

/// As much of one thing as a file may hold, as JSON and as TOML.
fn plenty(item: impl Fn(usize) -> String, around: (&str, &str), between: &str) -> String {
    let mut text = around.0.to_owned();
    for n in 0.. {
        let item = item(n);
        if text.len() + item.len() + between.len() + around.1.len() > 1 << 20 {
            break;
        }
        text += if n == 0 { "" } else { between };
        text += &item;
    }
    text + around.1
}

#[test]
fn as_much_of_anything_as_a_manifest_may_hold_is_checked_in_time() {
    let own = |open: &str, close: &str| {
        (format!("{{\"manifest\":1,\"type\":\"cloud\",{open}"), format!("{close}}}"))
    };
    let json = |item: &dyn Fn(usize) -> String, open: &str, close: &str| {
        let (open, close) = own(open, close);
        plenty(item, (&open, &close), ",")
    };
    let jsons = [
        json(&|n| format!("\"k{n}\":1"), "", ""),
        json(&|n| format!("\"k{n}\":1"), "\"properties\":{", "}"),
        json(&|n| format!("\"k{n}\":1"), "\"wants\":{", "}"),
        json(&|_| "{\"event\":\"cloud.*\"}".into(), "\"on\":[", "]"),
        json(&|_| "{\"event\":\"cloud.pre_creat\"}".into(), "\"on\":[", "]"),
        json(&|n| format!("\"k{n}\":\"v\""), "\"on\":[{\"event\":\"cloud.*\",", "}]"),
        json(&|n| format!("\"V{n}\""), "\"on\":[{\"event\":\"cloud.*\",\"option\":[", "]}]"),
        json(&|_| "x".into(), "\"type\":\"", "\"").replace("x,", "xx"),
    ];
    let tomls = [
        plenty(|n| format!("k{n}=1"), ("", ""), "\n"),
        plenty(|n| format!("k{n}=1"), ("[properties]\n", ""), "\n"),
        plenty(|n| format!("'k{n}'"), ("unset=[", "]"), ","),
        plenty(|_| "[[on]]\nevent='cloud.*'".into(), ("", ""), "\n"),
    ];
    let catalogue = Catalogue::built_in();
    let mut fuzz = Fuzz::new("plenty");
    let pairs = jsons
        .iter()
        .map(|json| (json.as_str(), ""))
        .chain(tomls.iter().map(|toml| (jsons[1].as_str(), &**toml)));
    for (seed, (json, toml)) in (0..).zip(pairs) {
        fuzz.feed(seed, &format!("{json:.50} {toml:.50}"), || {
            bounded(&tenterhook::fuzz::manifest(json, toml, &catalogue), json.len() + toml.len());
            "checked"
        });
    }
    fuzz.done(&[("checked", 12)]);
}
