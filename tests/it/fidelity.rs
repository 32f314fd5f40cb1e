//! Data passes from the application to the guest and back as it was written (R35–R42).

use tenterhook::data::DataError;
use tenterhook::envelope::{Reader, to_jerasoft};
use tenterhook_tests::{Given, World};

/// Texts that a tree of values would not give back.
const DELICATE: [&str; 19] = [
    r#"{}"#,
    r#"[]"#,
    r#"null"#,
    r#"0"#,
    r#"-0"#,
    r#"1E5"#,
    r#"1e999"#,
    r#"{"rate":1.10,"big":12345678901234567890123,"tiny":0.1000000000000000055511151231257827}"#,
    r#"{"z":1,"a":2,"m":{"z":1,"a":2},"A":3,"10":1,"9":2}"#,
    r#"{"$serde_json::private::RawValue":"{}"}"#,
    r#"{"$serde_json::private::Number":"1e999"}"#,
    r#"{"n":{"$serde_json::private::RawValue":"{\"a\":1}","x":1E5}}"#,
    r#"{"n":[{"f":[1.0,-1.0E-7,0.0,1e-400]}]}"#,
    r#"{"text":"\u00e9\u20AC\ud83d\ude00\/\b\f\n\r\t\"\\ é€😀 \u0000\u2028"}"#,
    r#"{"":{"":""}," ":null}"#,
    r#"{"__proto__":{"constructor":1},"toString":false}"#,
    "{ \"spaced\" :\t[ 1 ,\n2 ] }",
    r#"{"object_id":12,"other":"77798"}"#,
    "\"\u{feff}\u{fffd}\u{10ffff}\"",
];

async fn world(guest: &str, properties: &str) -> World {
    Given::new().hook("a", guest, properties).start().await.without_problems()
}

#[tokio::test]
async fn a_guest_is_given_the_very_text_and_its_answer_is_the_data() {
    let (echo, quote) = (world("echo", "").await, world("quote", "").await);
    for text in DELICATE {
        echo.create().data(text).await.trail(&["a amend"]).data_is(text);
        let quoted: String = serde_json::from_str(quote.create().data(text).await.data()).unwrap();
        assert_eq!(quoted, text);
    }
}

#[tokio::test]
async fn untouched_data_is_given_back_as_it_came() {
    let world = world("accept", "").await;
    for text in DELICATE {
        world.create().data(text).await.trail(&["a accept"]).data_is(text);
    }
}

#[tokio::test]
async fn an_amendment_touches_only_what_it_names() {
    let world = world("amend", "[properties]\npatch = '{\"n\":{\"new\":1.10,\"old\":null}}'").await;
    for (before, after) in [
        (r#"{}"#, r#"{"n":{"new":1.10}}"#),
        (r#"{"n":{"old":1},"b":1E5,"a":1e999}"#, r#"{"n":{"new":1.10},"b":1E5,"a":1e999}"#),
        (
            r#"{"z":[1.0],"n":{"$serde_json::private::Number":"1e999","old":1,"x":1.00},"a":"\u00e9"}"#,
            r#"{"z":[1.0],"n":{"$serde_json::private::Number":"1e999","x":1.00,"new":1.10},"a":"\u00e9"}"#,
        ),
        (
            r#"{"$serde_json::private::RawValue":"{}"}"#,
            r#"{"$serde_json::private::RawValue":"{}","n":{"new":1.10}}"#,
        ),
        (r#"{"\u006e":{"old":1,"k":0.10}}"#, r#"{"n":{"k":0.10,"new":1.10}}"#),
    ] {
        world.create().data(before).await.trail(&["a amend"]).data_is(after);
    }
}

#[tokio::test]
async fn forty_unknown_fields_arrive_in_their_order() {
    // R42
    let fields: Vec<String> = (0..40).rev().map(|n| format!("\"field{n}\":{n}.0")).collect();
    let data = format!("{{{}}}", fields.join(","));
    world("quote", "").await.create().data(&data).await.data_is(serde_json::to_string(&data).unwrap());
}

#[tokio::test]
async fn a_jerasoft_event_reaches_the_hook_and_comes_back_with_its_object() {
    // R35, R36, R38, R40
    let hook = "type = 'billing'\non = [{ event = 'billing.*' }]";
    let world = Given::new().hook("a", "see", hook).start().await.without_problems();
    for (object, subject) in [("12", "12"), ("\"77798\"", "77798"), ("1.50", "1.50")] {
        let text = format!(
            r#"{{"event":{{"dt":"2022-01-24T15:44:47+00:00","events_id":"clients.delete","object_id":{object}}},"data":{{}}}}"#
        );
        let event = Reader::new("in", "crm", 1000).read(&text).remove(0).unwrap();
        assert_eq!(to_jerasoft(&event), text);
        world.tell("").event(event).await.trail(&["a accept"]).data_is("{}");
        let seen = world.log_of("a").pop().unwrap();
        let expected =
            format!("2022-01-24T15:44:47+00:00 crm Some({subject:?}) [] [(\"objectid\", {object:?})] 1 {{}}");
        assert!(seen.ends_with(&expected), "{seen}");
    }
}

#[tokio::test]
async fn data_that_is_no_clean_json_is_refused_at_the_door() {
    let data = |text: &str| tenterhook::data::Data::parse(text, 1000).unwrap_err();
    let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
    assert_eq!(data(r#"{"a":{"b":1,"\u0062":2}}"#), DataError::DuplicateKey("b".into()));
    assert_eq!(data(&nested(129)), DataError::Depth);
    assert!(matches!(data("{'a':1}"), DataError::Syntax(_)));
    let world = world("echo", "").await;
    world.create().data(nested(128)).await.data_is(nested(128));
}

#[tokio::test]
async fn data_over_the_limit_is_refused_and_no_hook_sees_it() {
    let world = world("see", "[limits]\noutput = '1MiB'\nlog = '1MiB'").await;
    let fits = format!("\"{}\"", "x".repeat(256 * 1024 - 2));
    world.create().data(&fits).await.data_is(&fits);
    let seen = world.log().len();
    let refused = world.create().data(format!("{fits} ").replace("\" ", "x\"")).refused().await;
    assert_eq!(refused, ["the data has 262145 bytes, at most 262144 are allowed"]);
    assert_eq!(world.log().len(), seen);
}
