//! `/v1/log` and `/v1/deliveries`: what hooks did, what is owed to them, and what was given up.

use super::{Api, Reply};
use serde_json::Value;
use std::time::Duration;
use tenterhook_tests::{Given, until};
use ureq::http::Method;

/// One guard that refuses, one that changes, one hook that fails on what it is told.
fn service() -> Api {
    let amend = "priority = 2\n[[on]]\nevent = 'cloud.pre_payment'\n[properties.patch]\nx = 1\n";
    let veto = "priority = 3\n[[on]]\nevent = 'cloud.pre_create'\n";
    let fail = "priority = 1\n[[on]]\nevent = 'cloud.post_create'\n[properties]\ntext = 'No Luck'\n";
    let accept = "priority = 1\n[[on]]\nevent = 'cloud.pre_create'\n";
    let given = Given::new().hook("guard", "veto", veto).hook("change", "amend", amend);
    let given = given.hook("crm", "fail", fail).hook("quiet", "accept", accept);
    Api::start(given.journal(|rules| rules.retries = vec![Duration::from_millis(1)]))
}

impl Api {
    /// Waits until a search finds so many, and gives them.
    #[track_caller]
    fn found(&self, path: &str, what: &str, count: usize) -> Vec<Value> {
        let found = || self.get(path).is(200).json[what].as_array().unwrap().clone();
        self.wait(until(format!("{count} at {path}: {:?}", found()), || found().len() == count));
        found()
    }

    fn log(&self, query: &str, count: usize) -> Vec<Value> {
        self.found(&format!("/v1/log{query}"), "executions", count)
    }

    fn dead(&self, count: usize) -> Vec<Value> {
        self.found("/v1/deliveries?state=dead", "deliveries", count)
    }

    fn order(&self, method: Method, path: &str) -> Reply {
        self.send(method, path, &[], "")
    }
}

#[test]
fn every_execution_that_matters_is_found_by_what_is_known_of_it() {
    // F15, R65
    let api = service();
    api.wait(api.world.create().id("e-1").subject("vdc-7").into_future());
    api.wait(api.world.ask("cloud.pre_payment").id("e-2").data(r#"{"x":0}"#).into_future());
    api.wait(api.world.created().id("e-3").subject("vdc-8").into_future());
    // A veto, a change, two attempts at what was told; the plain accept is not worth a line.
    let all = api.log("", 4);
    assert!(all.iter().all(|line| line["hook"] != "quiet"), "{all:#?}");
    let ids: Vec<_> = all.iter().map(|line| line["id"].as_i64().unwrap()).collect();
    assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
    let vetoes = api.log("?status=veto", 1);
    let [veto] = vetoes.as_slice() else { panic!("{vetoes:?}") };
    for (key, value) in [
        ("hook", "guard"),
        ("event", "cloud.pre_create"),
        ("event_id", "e-1"),
        ("subject", "vdc-7"),
        ("mode", "ask"),
        ("message", "not today"),
    ] {
        assert_eq!(veto[key], value, "{veto:#}");
    }
    assert!(veto["micros"].as_i64() > Some(0) && veto["fuel"].as_i64() > Some(0), "{veto:#}");
    let failed = api.log("?hook=crm&status=failed&text=no%20LUCK", 2);
    let attempts: Vec<_> = failed.iter().map(|line| line["attempt"].as_i64().unwrap()).collect();
    assert_eq!((attempts, &failed[0]["failure"]), (vec![2, 1], &Value::from("error")));
    for (query, count) in [
        ("?subject=vdc-8", 2),
        ("?event=cloud.pre_payment", 1),
        ("?event_id=e-1", 1),
        ("?status=amend", 1),
        ("?status=accept", 0),
        ("?text=error", 2),
        ("?from=1h", 4),
        ("?to=1h", 0),
        ("?from=2020-01-01&to=2020-01-02T00:00:00Z", 0),
        ("?hook=&status=%20", 4),
    ] {
        api.log(query, count);
    }
    let wrong = api.get("/v1/log?status=fail&from=soon&limit=0").refused(400);
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    api.get("/v1/log?sttus=veto").refused(400);
}

#[test]
fn the_log_is_read_page_by_page() {
    let api = service();
    for _ in 0..5 {
        api.wait(api.world.create().into_future());
    }
    api.log("", 5);
    let (mut seen, mut next) = (Vec::new(), "/v1/log?limit=2".to_owned());
    loop {
        let page = api.get(&next).is(200).json.clone();
        seen.extend(page["executions"].as_array().unwrap().iter().map(|line| line["id"].as_i64().unwrap()));
        let Some(before) = page["next"].as_i64() else { break };
        next = format!("/v1/log?limit=2&before={before}");
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

#[test]
fn an_execution_is_shown_with_what_was_sent_without_its_data() {
    let api = service();
    let ask = api.world.ask("cloud.pre_payment").id("e-2").subject("order-1").data(r#"{"secret":1}"#);
    api.wait(ask.into_future());
    let id = api.log("", 1)[0]["id"].clone();
    let shown = api.get(&format!("/v1/log/{id}"));
    assert_eq!(shown.is(200).json["sent"]["id"], "e-2");
    assert_eq!(shown.json["sent"]["subject"], "order-1");
    assert!(!shown.json.to_string().contains("secret") && shown.json.get("changed").is_none(), "{shown:?}");
    let missing = api.get("/v1/log/4711").refused(404);
    assert!(missing[0].starts_with("there is no execution 4711"), "{missing:?}");
    api.get("/v1/log/x").refused(400);
}

#[test]
fn plain_accepts_are_logged_where_that_is_wanted() {
    let given = Given::new().hook("quiet", "accept", "[[on]]\nevent = 'cloud.pre_create'\n");
    let api = Api::start(given.journal(|_| {}).built(|builder| builder.log_asks(true)));
    api.wait(api.world.create().into_future());
    assert_eq!(api.log("?status=accept", 1)[0]["hook"], "quiet");
}

#[test]
fn a_dead_letter_is_resent_with_all_its_attempts() {
    let api = service();
    api.wait(api.world.created().id("e-1").subject("vdc-7").data(r#"{"n":1}"#).into_future());
    let letters = api.dead(1);
    let letter = &letters[0];
    for (key, value) in
        [("hook", "crm"), ("event", "cloud.post_create"), ("event_id", "e-1"), ("subject", "vdc-7")]
    {
        assert_eq!(letter[key], value, "{letter:#}");
    }
    assert_eq!((letter["attempts"].as_i64(), letter["reason"].as_str()), (Some(2), Some("No Luck")));
    let id = &letter["id"];
    let shown = api.get(&format!("/v1/deliveries/{id}")).is(200).json.clone();
    assert_eq!((shown["attempts"].as_array().unwrap().len(), &shown["sent"]["id"]), (2, &Value::from("e-1")));
    assert_eq!(shown["sent"].get("data"), None);
    let resent = api.order(Method::POST, &format!("/v1/deliveries/{id}/resend"));
    assert_eq!(resent.is(200).json["hook"], "crm");
    // It dies again, after as many attempts as the first time.
    api.log("?hook=crm", 4);
    assert_eq!(api.dead(1)[0]["attempts"], 2);
    api.wait(api.world.created().into_future());
    api.dead(2);
    assert_eq!(api.order(Method::POST, "/v1/hooks/crm/resend").is(200).json["resent"], 2);
    api.log("?hook=crm", 10);
    api.dead(2);
    assert_eq!(api.order(Method::POST, "/v1/hooks/nobody/resend").is(200).json["resent"], 0);
}

#[test]
fn a_dead_letter_is_dropped_for_good_and_nothing_else_is() {
    let given = Given::new().hook("crm", "fail", "[[on]]\nevent = 'cloud.post_create'\n");
    let api = Api::start(given.journal(|rules| rules.retries = Vec::new()));
    api.wait(api.world.created().into_future());
    let id = api.dead(1)[0]["id"].clone();
    api.order(Method::DELETE, &format!("/v1/deliveries/{id}")).is(204);
    api.order(Method::DELETE, &format!("/v1/deliveries/{id}")).refused(404);
    api.order(Method::POST, &format!("/v1/deliveries/{id}/resend")).refused(404);
    api.dead(0);
    api.log("?hook=crm", 1);
    api.get("/v1/deliveries?state=delivered").refused(400);
}

#[test]
fn what_waits_for_its_hook_is_no_dead_letter() {
    let toml = "type = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.post_create'\n";
    let given = Given::new().file("late.wasm", "no component").toml("late", toml);
    let api = Api::start(given.journal(|_| {}));
    api.wait(api.world.created().into_future());
    let id = api.found("/v1/deliveries?state=waiting", "deliveries", 1)[0]["id"].clone();
    let refused = api.order(Method::POST, &format!("/v1/deliveries/{id}/resend")).refused(409);
    assert_eq!(refused, [format!("the delivery {id} is no dead letter, it is waiting")]);
    api.order(Method::DELETE, &format!("/v1/deliveries/{id}")).refused(409);
    assert_eq!(api.found("/v1/deliveries?hook=late", "deliveries", 1)[0]["state"], "waiting");
    api.found("/v1/deliveries?state=pending", "deliveries", 0);
}

#[test]
fn what_is_owed_is_counted_for_each_hook() {
    let api = service();
    for _ in 0..3 {
        api.wait(api.world.created().into_future());
    }
    api.dead(3);
    let dead = || api.get("/v1/hooks/crm").is(200).json["backlog"]["dead"].clone();
    api.wait(until("the dead are counted", || dead() == 3));
    let listed = api.get("/v1/hooks").is(200).json["hooks"].as_array().unwrap().clone();
    let crm = listed.iter().find(|hook| hook["id"] == "crm").unwrap();
    assert_eq!((&crm["backlog"]["dead"], &crm["backlog"]["pending"]), (&Value::from(3), &Value::from(0)));
    assert!(listed.iter().all(|hook| hook["id"] == "crm" || hook.get("backlog").is_none()), "{listed:#?}");
    let metrics = api.get("/metrics").is(200).json.as_str().unwrap().to_owned();
    for line in [
        "tenterhook_deliveries{hook=\"crm\",state=\"dead\"} 3",
        "tenterhook_deliveries{hook=\"crm\",state=\"pending\"} 0",
        "tenterhook_journal_damaged_total 0",
        "tenterhook_journal_asks_dropped_total 0",
        "tenterhook_journal_commits_total ",
    ] {
        assert!(metrics.contains(line), "no {line:?} in\n{metrics}");
    }
}

#[test]
fn a_service_without_a_journal_says_so() {
    let api = Api::start(Given::new());
    for (method, path) in [
        (Method::GET, "/v1/log"),
        (Method::GET, "/v1/log/1"),
        (Method::GET, "/v1/deliveries"),
        (Method::GET, "/v1/deliveries/1"),
        (Method::DELETE, "/v1/deliveries/1"),
        (Method::POST, "/v1/deliveries/1/resend"),
        (Method::POST, "/v1/hooks/crm/resend"),
    ] {
        let refused = api.order(method, path).refused(409);
        assert!(refused[0].starts_with("this service has no journal, "), "{refused:?}");
    }
}
