//! Handlers, called as their authors' unit tests call them.

use std::time::{Duration, UNIX_EPOCH};

use tenterhook_sdk::prelude::*;
use tenterhook_sdk::{StateError, serde_json};

mod own_catalogue {
    use super::*;

    #[hook(on = "shop.*", goods = "BOOK", catalogue = "tests/shop.toml", priority = -5, on_failure = "veto")]
    fn order(event: Event) -> Result<Verdict, String> {
        let price = event.data["price"].as_u64().ok_or("no price")?;
        Ok(if price > 100 { veto("shop.price", "too dear") } else { accept() })
    }

    #[test]
    fn a_handler_is_a_function() {
        let event = |data| test::event("shop.pre_order").facet("goods", "BOOK").data(data);
        assert_eq!(order(event(json!({"price": 7}))), Ok(accept()));
        assert_eq!(order(event(json!({"price": 700}))), Ok(veto("shop.price", "too dear")));
        assert_eq!(order(event(json!({}))), Err("no price".to_owned()));
    }
}

mod named_as_it_is_exported {
    use super::*;

    #[hook(on = "cloud.pre_create", priority = 1)]
    fn handle(event: Event) -> Verdict {
        if event.subject.is_some() { accept() } else { veto("no", "no subject") }
    }

    #[test]
    fn a_handler_may_be_called_handle() {
        assert_eq!(handle(test::event("cloud.pre_create").subject("web-1").data(json!({}))), accept());
    }
}

mod derived {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Server {
        /// Documented, and renamed by the container.
        cpu_count: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<State>,
    }

    #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum State {
        Running,
        #[serde(other)]
        Unknown,
    }

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Pair(u8, String);

    #[test]
    fn serde_derives_need_no_serde() -> serde_json::Result<()> {
        let text = r#"{"cpuCount":4,"state":"RUNNING"}"#;
        let server: Server = serde_json::from_str(text)?;
        assert_eq!(server, Server { cpu_count: 4, state: Some(State::Running) });
        assert_eq!(serde_json::to_string(&server)?, text);
        assert_eq!(serde_json::from_str::<State>("\"ODD\"")?, State::Unknown);
        let pair: Pair = serde_json::from_str(r#"[1,"a"]"#)?;
        assert_eq!(serde_json::to_string(&pair)?, r#"[1,"a"]"#);
        let error = serde_json::from_str::<Server>(r#"{"cpuCount":4,"ram":1}"#).expect_err("refused");
        assert!(
            error.to_string().starts_with("unknown field `ram`, expected `cpuCount` or `state`"),
            "{error}"
        );
        Ok(())
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Limits {
    max_cpus: u32,
    regions: Option<Vec<String>>,
    #[serde(default)]
    note: String,
}

#[test]
fn properties_are_read_into_what_is_asked_for() {
    let mut host = test::Host::new()
        .property("max_cpus", 16)
        .property("note", "007")
        .property("rate", 0.5)
        .property("strict", true)
        .property("regions", ["eu", "us"]);
    host.run(|| {
        assert_eq!(property("max_cpus"), Ok(Some(16)));
        assert_eq!(property_or("note", String::new()), Ok("007".to_owned()));
        assert_eq!(property("rate"), Ok(Some(0.5)));
        assert_eq!(property("strict"), Ok(Some(true)));
        assert_eq!(property_or("absent", 3), Ok(3));
        assert_eq!(property::<String>("absent"), Ok(None));
        let regions = Some(vec!["eu".to_owned(), "us".to_owned()]);
        assert_eq!(properties(), Ok(Limits { max_cpus: 16, regions, note: "007".to_owned() }));
    });
}

#[test]
fn a_property_set_wrong_is_an_error() {
    let mut host =
        test::Host::new().property("max_cpus", "many").property("regions", [1]).property("level", "loud");
    host.run(|| {
        let says = |text: &str| Err(text.to_owned());
        let read = |result: Result<Option<u32>, _>| {
            result.map_err(|error: tenterhook_sdk::PropertyError| error.to_string())
        };
        assert_eq!(
            read(property("max_cpus")),
            says(r#"property "max_cpus": invalid type: string "many", expected u32"#)
        );
        assert!(property_or("max_cpus", 16).is_err(), "a default hides nothing");
        let all = properties::<Limits>().expect_err("refused").to_string();
        assert_eq!(all, r#"property "max_cpus": invalid type: string "many", expected u32"#);
    });
    let missing = test::Host::new().run(|| properties::<Limits>().expect_err("refused"));
    assert_eq!(missing.to_string(), r#"property "max_cpus" is not set"#);
}

#[test]
fn verdicts_are_compared_by_meaning() -> serde_json::Result<()> {
    let patch: RawJson = serde_json::from_str(r#"{"b": 1, "a": null}"#)?;
    assert_eq!(amend(patch), amend(json!({"a": null, "b": 1})));
    assert_ne!(amend(json!({})), replace(json!({})));
    assert_ne!(veto("a", "why"), veto("a", "because"));
    assert_ne!(accept(), veto("a", "why"));
    Ok(())
}

#[test]
fn raw_json_survives_untouched() -> serde_json::Result<()> {
    let text = r#"{"z":1E5,"a":12345678901234567890.10}"#;
    let raw: RawJson = serde_json::from_str(text)?;
    let event: Event<RawJson> = test::event("cloud.pre_create").data(raw);
    assert_eq!(event.data.get(), text);
    Ok(())
}

#[test]
fn an_event_knows_its_facets_and_attributes() {
    let event: Event = test::event("charging.engine.post_debit_failure")
        .facet("action", "Debit")
        .attribute("tenant", "t1")
        .subject("wallet-7")
        .told()
        .attempt(2)
        .data(json!({}));
    assert_eq!((event.facet("action"), event.facet("option")), (Some("Debit"), None));
    assert_eq!((event.tenant(), event.attribute("user")), (Some("t1"), None));
    assert_eq!((event.mode, event.attempt, event.subject.as_deref()), (Mode::Tell, 2, Some("wallet-7")));
}

#[test]
#[should_panic(expected = "data of cloud.pre_create: missing field `max_cpus` at line 1 column 2")]
fn data_that_does_not_fit_says_where() {
    let _: Event<Limits> = test::event("cloud.pre_create").data(json!({}));
}

#[test]
fn a_test_sets_the_clock_and_sees_the_log() {
    let mut host = test::Host::new().at(UNIX_EPOCH + Duration::from_millis(1_500));
    let now = host.run(|| {
        log::warn!("it is {}", clock::unix_ms());
        log::debug!("plain");
        clock::now()
    });
    assert_eq!(now, UNIX_EPOCH + Duration::from_millis(1_500));
    assert_eq!(host.log(), ["warn: it is 1500", "debug: plain"]);
}

mod state_of_a_hook {
    use super::*;

    #[hook(on = "cloud.post_create", option = "SERVER", priority = 1)]
    fn keep(event: Event<Vec<String>>) -> Result<Verdict> {
        for key in &event.data {
            state::increment("all", 1)?;
            state::set(key, json!({ "seen": event.time }))?;
        }
        Ok(accept())
    }

    fn keeping(keys: &[&str], host: &mut test::Host) -> Result<Verdict> {
        let event = test::event("cloud.post_create").facet("option", "SERVER").data(keys);
        host.run(|| keep(event))
    }

    #[test]
    fn what_a_test_sets_is_kept_and_what_is_kept_can_be_seen() {
        let mut host = test::Host::new().state("all", 7);
        assert_eq!(keeping(&["a", "b"], &mut host), Ok(accept()));
        assert_eq!(host.kept::<u64>("all"), Some(9));
        assert_eq!(host.kept::<Value>("b"), Some(json!({"seen": "2026-01-01T00:00:00Z"})));
        host.run(|| {
            assert_eq!(state::keys(), Ok(vec!["a".into(), "all".into(), "b".into()]));
            assert_eq!(state::set_many([("x", 1), ("y", 2)]), Ok(()));
            assert_eq!(state::get_many(&["x", "y", "z"]), Ok([("x".into(), 1), ("y".into(), 2)].into()));
            assert_eq!(state::delete_many(&["x", "z"]), Ok(()));
            assert_eq!((state::exists("x"), state::exists("y")), (Ok(false), Ok(true)));
        });
    }

    #[test]
    fn what_cannot_be_kept_or_read_says_so() {
        let mut host = test::Host::new().state("all", "many");
        let error = keeping(&["a"], &mut host).expect_err("it is no number");
        assert_eq!(error.message(), "state \"all\": \"all\" is no number, and cannot be incremented");
        host.run(|| {
            let error = |result: Result<Option<u32>, StateError>| result.expect_err("refused").to_string();
            let no_number = "state \"all\": invalid type: string \"many\", expected u32 at line 1 column 6";
            assert_eq!(error(state::get("all")), no_number);
            assert_eq!(error(state::get("")), "state \"\": a key of 0 bytes; it has 1 to 512");
            let long = state::set("long", "v".repeat(64 << 10)).expect_err("too long").to_string();
            assert_eq!(long, "state \"long\": a value of 65538 bytes, at most 65536 are allowed");
        });
    }
}

mod calling {
    use super::*;
    use tenterhook_sdk::platform::PlatformError;

    fn number(method: &str) -> Result<u32, PlatformError> {
        platform::call(method, json!({"id": 7}))
    }

    #[test]
    fn the_application_answers_what_the_test_says() {
        let mut host =
            test::Host::new().answers("get", 7).answers("text", "no").fails("not", "no-luck", "not today");
        assert_eq!(host.run(|| number("get")), Ok(7));
        let code = |host: &mut test::Host, method| host.run(|| number(method)).map_err(|error| error.code);
        assert_eq!(code(&mut host, "text"), Err("invalid-answer".to_owned()));
        assert_eq!(code(&mut host, "not"), Err("no-luck".to_owned()));
        assert_eq!(code(&mut host, "other"), Err("access-denied".to_owned()));
        assert_eq!(host.calls(), ["get {\"id\":7}", "text {\"id\":7}", "not {\"id\":7}"]);
    }
}
