//! Events as text: what the reader and the catalogue make of texts that are nearly events.

use super::{Fuzz, Noise, texts};
use tenterhook::catalogue::Catalogue;
use tenterhook::data::{Data, Members};
use tenterhook::envelope::{Parsed, Reader, to_jerasoft};

const COUNT: u64 = 40_000;
const DATA_BYTES: usize = 64 * 1024;

const WORDS: [&str; 24] = [
    "\"specversion\"",
    "\"1.0\"",
    "\"event\"",
    "\"events_id\"",
    "\"object_id\"",
    "\"objectid\"",
    "\"dt\"",
    "\"data\"",
    "\"data_base64\"",
    "\"datacontenttype\"",
    "\"application/json\"",
    "\"option\"",
    "\"table\"",
    "\"resource\"",
    "\"cause\"",
    "\"tenant\"",
    "\"type\"",
    "\"cloud.pre_create\"",
    "\"clients.delete\"",
    "\"SERVER\"",
    "{\"event\":{},\"data\":{}}",
    "{\"$serde_json::private::RawValue\":\"{}\"}",
    "{\"$serde_json::private::Number\":\"1\"}",
    "\"\\u0064ata\"",
];

#[test]
fn texts_that_are_nearly_events_are_read_or_refused() {
    let samples = texts("plugins/demo/events", ".json");
    let reader = Reader::new("in", "crm", DATA_BYTES);
    let catalogue = Catalogue::built_in();
    let mut fuzz = Fuzz::new("envelope");
    for seed in 0..COUNT {
        let text = text(&mut Noise::seeded(seed), &samples);
        fuzz.feed(seed, &text, || {
            let events = reader.read(&text);
            assert!(events.len() <= 1 + text.len() / 2, "{} events", events.len());
            let outcomes: Vec<bool> = events.into_iter().map(|event| admitted(event, &catalogue)).collect();
            match (outcomes.contains(&true), outcomes.contains(&false)) {
                (true, true) => "both",
                (true, false) => "admitted",
                (false, true) => "refused",
                (false, false) => "nothing",
            }
        });
    }
    fuzz.done(&[("admitted", COUNT / 20), ("refused", COUNT / 4), ("both", COUNT / 100)]);
}

/// A sample changed, or several on a line each or in an array, of which one is changed.
fn text(noise: &mut Noise, samples: &[String]) -> String {
    let sample = noise.pick(samples).clone();
    let mut changed = noise.changed_text(&sample, &WORDS);
    let mut others: Vec<String> = (0..noise.below(4)).map(|_| noise.pick(samples).clone()).collect();
    match noise.below(4) {
        0 => {
            others.push(changed);
            let mut lines: Vec<String> =
                others.iter().map(|event| event.replace(['\n', '\r'], " ").trim().to_owned()).collect();
            let last = lines.len() - 1;
            lines.swap(noise.below(last + 1), last);
            lines.join(*noise.pick(&["\n", "\r\n", "\n\n \n"]))
        }
        1 => {
            others.push(changed);
            format!("[{}]", others.join(","))
        }
        2 => {
            let before: &&str = noise.pick(&["\u{feff}", " ", "\u{feff}\u{feff}", "\n"]);
            changed.insert_str(0, before);
            changed
        }
        _ => changed,
    }
}

/// Whether the catalogue admits it; what it admits is sound.
fn admitted(event: Parsed, catalogue: &Catalogue) -> bool {
    let refused = match event.map(|event| catalogue.admit(event, DATA_BYTES)) {
        Err(problems) | Ok(Err(problems)) => problems,
        Ok(Ok(admitted)) => {
            let data = &admitted.event.data;
            assert_eq!(Data::parse(data.as_str(), DATA_BYTES).as_ref(), Ok(data));
            assert_eq!(Members::of(data.as_str()).is_some(), data.is_object(), "{data}");
            serde_json::to_string(data).expect("data can be written");
            let written = to_jerasoft(&admitted.event);
            let read = Reader::new("out", "crm", DATA_BYTES).read(&written).remove(0);
            let read = read.unwrap_or_else(|problems| panic!("{written} cannot be read again: {problems:?}"));
            assert_eq!(&read.data, data);
            return true;
        }
    };
    assert!(refused.iter().any(|problem| problem.is_error()), "{refused:?}");
    false
}

#[test]
fn an_attribute_that_serde_json_takes_for_a_number_is_refused() {
    let object = r#"{"$serde_json::private::RawValue":"1"}"#;
    let text =
        format!(r#"{{"specversion":"1.0","id":"1","type":"cloud.pre_purchase","source":"s","x":{object}}}"#);
    let problems = Reader::new("in", "crm", DATA_BYTES).read(&text).remove(0).unwrap_err();
    assert_eq!(problems[0].message, "attribute \"x\" must be a string, a number or a boolean");
}
