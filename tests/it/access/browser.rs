//! What a browser may be made to do by a page of somebody else, and the session of the console.

use super::{administer, fire, look, serve, token};
use std::fs;
use tenterhook_tests::{Given, Request};

#[test]
fn a_page_of_somebody_else_is_refused() {
    let given = Given::new();
    let served = serve(&given, &[]);
    // A name that leads here, and is not this machine's.
    fire("shop").header("host", "evil.example").to(&served).is(403).problem("is not this machine");
    fire("shop").header("origin", "http://evil.example").to(&served).is(403).problem("is foreign");
    fire("shop").header("origin", "null").to(&served).is(403).problem("is foreign");
    fire("shop").header("origin", served.address()).to(&served).is(200);
    fire("shop").header("host", "localhost").to(&served).is(200);
}

#[test]
fn with_tokens_the_service_may_have_any_name_and_pages_stay_foreign() {
    let given = Given::new();
    let shop = token(&given, &["--scope", "fire"]);
    let served = serve(&given, &[]);
    fire("shop").bearer(&shop).header("host", "hooks.example").to(&served).is(200);
    let foreign = fire("shop").bearer(&shop).header("origin", "http://evil.example");
    foreign.to(&served).is(403).problem("is foreign");
}

#[test]
fn the_console_exchanges_a_token_for_a_cookie_that_no_script_can_read() {
    let given = Given::new();
    let admin = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &[]);
    let begin = |token: &str| Request::post("/v1/session", &format!("{{\"token\":\"{token}\"}}"));
    begin("th_wrong").to(&served).is(401).problem("the token is unknown");
    begin(&admin).header("origin", "http://evil.example").to(&served).is(403).problem("is foreign");
    let begun = begin(&admin).to(&served).is(204);
    let cookie = begun.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains(&admin) && !cookie.contains("Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    administer().header("cookie", cookie).to(&served).is(404);
    look().header("cookie", "tenterhook_session=x").to(&served).is(401);
    Request::delete("/v1/session").header("cookie", cookie).to(&served).is(204);
    administer().header("cookie", cookie).to(&served).is(401);
}

#[test]
fn a_session_ends_with_its_token() {
    let given = Given::new();
    let admin = token(&given, &["--scope", "admin"]);
    let served = serve(&given, &["--set", "tls=terminated"]);
    let begun = Request::post("/v1/session", &format!("{{\"token\":\"{admin}\"}}")).to(&served).is(204);
    let cookie = begun.header("set-cookie").unwrap();
    assert!(cookie.contains("; Secure"), "what is encrypted on its way stays so: {cookie}");
    let cookie = cookie.split(';').next().unwrap();
    administer().header("cookie", cookie).to(&served).is(404);
    let path = given.data().join("tokens.toml");
    let file = fs::read_to_string(&path).unwrap();
    fs::write(&path, file.split("[[token]]").next().unwrap()).unwrap();
    administer().header("cookie", cookie).until(&served, 401);
}
