//! A merge patch on texts is a merge patch on values, and what it does not name stays as it was written.

use super::{Fuzz, Noise, reference::merge_patch};
use serde_json::Value;
use tenterhook::data::{Data, Members};

const COUNT: u64 = 40_000;
const DEPTH: usize = 6;

#[test]
fn a_merge_patch_on_texts_is_one_on_values() {
    let mut fuzz = Fuzz::new("merge patch");
    for seed in 0..COUNT {
        let mut noise = Noise::seeded(seed);
        let (target, patch) = (json(&mut noise, DEPTH), json(&mut noise, DEPTH));
        fuzz.feed(seed, &format!("{target}\n{patch}"), || compare(&target, &patch));
    }
    fuzz.done(&[("members", COUNT / 4), ("replaced", COUNT / 20)]);
}

fn compare(target: &str, patch: &str) -> &'static str {
    let data = |text: &str| Data::parse(text, usize::MAX).unwrap_or_else(|error| panic!("{error}: {text}"));
    let value = |text: &str| serde_json::from_str::<Value>(text).expect("the reference reads it");
    let merged = data(target).merge(&data(patch));
    let merged = merged.as_str();
    assert_eq!(data(merged).as_str(), merged);
    assert_eq!(value(merged), merge_patch(value(target), value(patch)), "{merged}");
    if patch.trim_start().starts_with('{') && target.trim_start().starts_with('{') {
        untouched(target, patch, merged);
        "members"
    } else {
        "replaced"
    }
}

/// Members that the patch does not name keep their text, and all keep their order; new ones come after them.
fn untouched(target: &str, patch: &str, merged: &str) {
    let [target, patch, merged] =
        [target, patch, merged].map(|text| Members::of(text).expect("it is an object").0);
    let named = |key: &str| patch.iter().find(|(name, _)| name == key).map(|(_, value)| value.get());
    let after = |key: &str| merged.iter().find(|(name, _)| name == key).map(|(_, value)| value.get());
    let mut order = Vec::new();
    for (key, before) in &target {
        match named(key) {
            Some("null") => continue,
            None => assert_eq!(after(key), Some(before.get()), "{key:?} keeps its text"),
            Some(value) if value.starts_with('{') && before.get().starts_with('{') => {
                untouched(before.get(), value, after(key).expect("it is kept"));
            }
            Some(value) if !value.starts_with('{') => assert_eq!(after(key), Some(value)),
            Some(_) => {}
        }
        order.push(key);
    }
    let is_new = |key: &String| !target.iter().any(|(name, _)| name == key);
    order
        .extend(patch.iter().filter(|(key, value)| is_new(key) && value.get() != "null").map(|(key, _)| key));
    assert!(merged.iter().map(|(key, _)| key).eq(order), "the members are in their order");
}

/// Without the private keys of `serde_json`, which its `Value`, and so the reference, takes for what they are not.
const SCALARS: [&str; 20] = [
    "null",
    "null",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1.10",
    "1E5",
    "1e-400",
    "12345678901234567890123",
    "0.1000000000000000055511151231257827",
    "\"\"",
    "\"null\"",
    "\"{}\"",
    "\"\\u00e9\\ud83d\\ude00\\/\\n\"",
    "\"é€😀\u{feff}\u{2028}\"",
    "\"\\u0000\\\\\\\"\"",
    "[]",
    "{}",
];

/// Keys that target and patch share; those of one line are the same key.
const KEYS: [&[&str]; 8] = [
    &["a", "\\u0061"],
    &["b"],
    &["c", "\\u0063"],
    &[""],
    &["é", "\\u00e9"],
    &["\\\"", "\\u0022"],
    &["😀", "\\ud83d\\ude00"],
    &["null"],
];

/// A JSON text, more often an object than not, with spaces here and there.
fn json(noise: &mut Noise, depth: usize) -> String {
    let space =
        |noise: &mut Noise| if noise.once_in(10) { *noise.pick(&[" ", "\n", "\t", " \r\n "]) } else { "" };
    let list = |noise: &mut Noise, open: &str, items: Vec<String>, close: &str| {
        let items: Vec<String> =
            items.into_iter().map(|item| format!("{}{item}{}", space(noise), space(noise))).collect();
        format!("{open}{}{}{close}", items.join(","), if items.is_empty() { space(noise) } else { "" })
    };
    match noise.below(10) {
        0..6 if depth > 0 => {
            let mut members = Vec::new();
            let first = noise.below(KEYS.len());
            for n in 0..noise.below(5) {
                let key = *noise.pick(KEYS[(first + n * 3) % KEYS.len()]);
                let (before, after) = (space(noise), space(noise));
                let value = json(noise, depth - 1);
                members.push(format!("\"{key}\"{before}:{after}{value}"));
            }
            list(noise, "{", members, "}")
        }
        6 if depth > 0 => {
            let items = (0..noise.below(4)).map(|_| json(noise, depth - 1)).collect();
            list(noise, "[", items, "]")
        }
        _ => (*noise.pick(&SCALARS)).to_owned(),
    }
}
