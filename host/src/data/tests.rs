//! JSON text, checked and patched.

use super::*;

fn data(text: &str) -> Data {
    Data::parse(text, usize::MAX).unwrap()
}

#[test]
fn merge_patch_follows_the_examples_of_rfc_7396_appendix_a() {
    for (target, patch, result) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        (r#"[1,2]"#, r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        (r#"{}"#, r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        assert_eq!(data(target).merge(&data(patch)).as_str(), result, "{target} + {patch}");
    }
}

#[test]
fn what_a_patch_does_not_name_keeps_its_spelling_and_order() {
    let wide = r#"{"z":1E5,"$serde_json::private::Number":"1e999","a":1.10,"n":{"y": 12345678901234567890123,"$serde_json::private::RawValue":"{}","x":1e999}}"#;
    let merged = data(wide).merge(&data(r#"{"n":{"new":[ 1 ]}}"#));
    assert_eq!(
        merged.as_str(),
        r#"{"z":1E5,"$serde_json::private::Number":"1e999","a":1.10,"n":{"y":12345678901234567890123,"$serde_json::private::RawValue":"{}","x":1e999,"new":[ 1 ]}}"#
    );
}

#[test]
fn depth_duplicates_size_and_syntax_are_refused() {
    let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(Data::parse(&nested(DEPTH_MAX), usize::MAX).is_ok());
    assert_eq!(Data::parse(&nested(DEPTH_MAX + 1), usize::MAX), Err(DataError::Depth));
    assert_eq!(Data::parse(&nested(100_000), usize::MAX), Err(DataError::Depth));
    let twice = Data::parse(r#"{"b":{"a":1,"\u0061":2}}"#, usize::MAX);
    assert_eq!(twice, Err(DataError::DuplicateKey("a".into())));
    assert_eq!(Data::parse("[1,2]", 4), Err(DataError::Size(5, 4)));
    for bad in ["", "{", "{]", "nul", "01", "\"\u{1}\"", "{} {}", "[1,]", "NaN", "\"\\ud800\""] {
        assert!(matches!(Data::parse(bad, 99), Err(DataError::Syntax(_))), "{bad:?}");
    }
}
