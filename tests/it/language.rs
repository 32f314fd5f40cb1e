//! Hooks in other languages: each plugin built by its own toolchain, as its README says, and the whole contract.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tenterhook::outcome::Failure;
use tenterhook_tests::{Desk, Given, Language, World, language_guest, languages};

const BINARY: &str = env!("CARGO_BIN_EXE_tenterhook-under-test");

/// A host that compiles as the service does: in a child, and keeps what was compiled.
fn given() -> Given {
    let cache = languages().join("cache");
    Given::new().built(move |builder| builder.cache(cache.clone()).compiler(BINARY, ["__compile"]))
}

/// A host with the plugin of a language, by the limits that nobody set but for time, and its own TOML.
async fn plugin(language: Language, from: &str, to: &str) -> Option<World> {
    let component = language.build(Path::new(BINARY))?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(language.plugin());
    let toml = fs::read_to_string(folder.join("hook.toml")).unwrap();
    assert!(toml.contains(from), "{toml}");
    let toml = format!("{}\n[limits]\ndeadline = '20s'\n", toml.replace(from, to));
    let world = given().component(language.plugin(), &component).toml(language.plugin(), &toml).start().await;
    let problems = world.problems();
    assert!(problems.iter().all(|problem| problem.contains(": touching one ends the call")), "{problems:#?}");
    Some(world)
}

#[tokio::test]
async fn javascript_tidies_contacts_and_refuses_what_is_none() {
    let Some(world) = plugin(Language::JavaScript, "", "").await else { return };
    let create = |data: &str| world.ask("billing.before.clients.create").subject("12").data(data);
    create(r#"{"id":12.0,"email":null}"#).await.data_is(r#"{"id":12.0,"email":null}"#);
    let untidy = create(r#"{"id":12.0,"email":" Ann@Example.ORG ","vat_number":"de 123.456-789"}"#).await;
    untidy.data_is(r#"{"id":12.0,"email":"Ann@example.org","vat_number":"DE123456789"}"#);
    untidy.trail(&["contact-check amend"]);
    assert_eq!(world.log_of("contact-check"), ["info: 12: tidied email, vat_number"]);
    let none = create(r#"{"billing_email":"ann at home"}"#).await;
    none.vetoed_by("contact-check", "client.email")
        .because(r#"billing_email: "ann at home" is no e-mail address"#);
    create(r#"{"vat_number":"DE12"}"#).await.vetoed_by("contact-check", "client.vat");
    // A property.
    create(r#"{"email":"a@Mailinator.com"}"#).await.vetoed_by("contact-check", "client.domain");
    let odd = create("[1]").await;
    odd.accepted().failed(
        "contact-check",
        Failure::Error,
        "data of billing.before.clients.create: an object was expected",
    );
    create("{}").await.accepted().trail(&["contact-check accept"]);
}

#[tokio::test]
async fn javascript_that_runs_for_ever_or_hoards_is_stopped() {
    let Some(component) = Language::JavaScript.build(Path::new(BINARY)) else { return };
    // A data list that is too much for so little.
    let toml = |limits: &str| format!("on_failure = 'veto'\n[limits]\ndeadline = '20s'\n{limits}\n");
    let world = given().component("contact-check", &component).toml("contact-check", &toml("fuel = 100_000"));
    let world = world.start().await;
    let create = |world: &World| world.ask("billing.before.clients.create").data("{}");
    create(&world).await.failed("contact-check", Failure::Fuel, "");
    let world = world.stop().toml("contact-check", &toml("memory = '1MiB'")).start().await;
    create(&world).await.vetoed_by("contact-check", "hook_failed");
}

#[tokio::test]
async fn python_calculates_taxes_and_refuses_where_none_is_known() {
    let Some(world) = plugin(Language::Python, "", "").await else { return };
    let invoice = world.ask("cloud.tax_calculation").subject("i-7").data(r#"{"amount":0.30}"#).await;
    invoice.data_is(r#"{"amount":0.30,"tax_rate":"19","tax":"0.06","total":"0.36"}"#);
    let exact = world.tax().data(r#"{"amount":"1000.05","country":"CH"}"#).await;
    exact.data_is(r#"{"amount":"1000.05","country":"CH","tax_rate":"8.1","tax":"81.00","total":"1081.05"}"#);
    assert_eq!(world.log_of("sales-tax")[0], "info: i-7: 19 % of 0.30 in DE");
    let purchase =
        |country: &str| world.ask("cloud.pre_purchase").data(json!({ "country": country }).to_string());
    purchase("FR").await.accepted().trail(&["sales-tax accept"]);
    let unknown = purchase("XX").await;
    unknown.vetoed_by("sales-tax", "tax.country").because("no tax rate is known for XX");
    let odd = world.tax().data(r#"{"amount":"NaN"}"#).await;
    odd.accepted().failed("sales-tax", Failure::Error, "amount: 'NaN' is no amount");
    // An exception is an error with its words.
    let toml = "[properties]\nhome = 'DE'\nrates = 'none'\n[limits]\ndeadline = '20s'\n";
    let broken = world.stop().toml("sales-tax", toml).start().await;
    let broken = broken.tax().data(r#"{"amount":1}"#).await;
    broken.accepted().failed("sales-tax", Failure::Error, "JSONDecodeError: Expecting value");
}

#[tokio::test]
async fn c_refuses_reserved_numbers_and_marks_watched_ones() {
    let Some(world) = plugin(Language::C, "", "").await else { return };
    let insert = |number: &str| {
        let event = world.ask("charging.api.pre_validate").subject(number).data(r#"{"name":1.0}"#);
        event.facet("table", "Account").facet("action", "Insert")
    };
    let reserved = insert("09001234").await;
    reserved
        .vetoed_by("reserved-numbers", "number.reserved")
        .because("09001234 is reserved: 0900")
        .trail(&["reserved-numbers veto"]);
    insert("01371234").await.data_is(r#"{"name":1.0,"review":true}"#);
    assert_eq!(world.log_of("reserved-numbers"), ["warn: 01371234 is to be reviewed, by tests"]);
    for number in ["0301234", "090", ""] {
        insert(number).await.data_is(r#"{"name":1.0}"#).trail(&["reserved-numbers accept"]);
    }
    let nobody = world.ask("charging.api.pre_validate").facet("table", "Account").facet("action", "Insert");
    nobody.await.vetoed_by("reserved-numbers", "hook_failed").failed(
        "reserved-numbers",
        Failure::Error,
        "charging.api.pre_validate has no subject",
    );
    let world = world.stop().toml(
        "reserved-numbers",
        "isolation = 'warm'\n[properties]\nreserved = '1'\n[limits]\nmemory = '128KiB'\ndeadline = '20s'\n",
    );
    let world = world.start().await;
    // What one call used is there for the next: 300 calls of 1 KB each fit into 128 KiB.
    for _ in 0..300 {
        let long = world.ask("charging.api.pre_validate").subject(&"2".repeat(900));
        let insert = long.facet("table", "Account").facet("action", "Insert");
        insert.await.trail(&["reserved-numbers accept"]);
    }
}

/// Has a guest see everything, and compares what it saw.
async fn whole(language: Language) {
    let Some(component) = language_guest(language, "probe") else { return };
    let toml = "name = 'Probe'\ntype = 'cloud'\npriority = 1\n[[on]]\nevent = 'cloud.pre_create'\n\
        [properties]\ntext = 'as it is'\nlist = [1, 'two']\n\
        [grants]\nkeyvalue = true\nplatform_ask = ['echo']\n[limits]\ndeadline = '20s'\n";
    let given = given().component("probe", &component).toml("probe", toml).state();
    let world = given.platform(&Desk::default()).start().await;
    for count in [2, 4] {
        let event = world.create().subject("vdc-7").tenant("t1").attribute("user", "ann");
        let answer = event.data(r#"{"cpu":4,"name":"ü"}"#).await;
        let seen: Value = serde_json::from_str(answer.accepted().data()).unwrap();
        let expected = json!({
            "name": "cloud.pre_create", "mode": "ask", "source": "tests", "subject": "vdc-7",
            "facets": [["option", "SERVER"]], "attributes": [["tenant", "t1"], ["user", "ann"]], "attempt": 1,
            "data": { "cpu": 4, "name": "ü" },
            "properties": { "text": "as it is", "list": "[1,\"two\"]" },
            "text": "grüße", "count": count, "keys": ["count"],
            "answer": { "of": 7 }, "denied": "access-denied", "now": true, "random": 4,
        });
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn javascript_reaches_all_of_the_contract() {
    whole(Language::JavaScript).await;
}

#[tokio::test]
async fn python_reaches_all_of_the_contract() {
    whole(Language::Python).await;
}
