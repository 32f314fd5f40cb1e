//! Tokens: made, shown, bound, revoked, guessed.

use super::{administer, event, fire, look, serve, tenterhook, token};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use tenterhook_tests::{Given, Request};

#[test]
fn with_tokens_nobody_gets_in_without_one() {
    let given = Given::new();
    let reader = token(&given, &["--scope", "read"]);
    let served = serve(&given, &[]);
    for request in [fire("shop"), look(), administer()] {
        let refused = request.to(&served).is(401).problem("this takes a token with the scope");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"tenterhook\""));
    }
    look().bearer(&reader).to(&served).is(404);
    for open in ["/livez", "/readyz"] {
        assert!(![401, 403].contains(&Request::get(open).to(&served).status), "{open}");
    }
}

#[test]
fn a_token_is_good_for_its_scopes() {
    let given = Given::new();
    let [fires, reads, admins, causes] =
        ["fire", "read", "admin", "cause"].map(|scope| token(&given, &["--scope", scope]));
    let both = token(&given, &["--scope", "fire,read"]);
    let served = serve(&given, &[]);
    let may = |token: &str| {
        [fire("shop"), look(), administer()].map(|request| request.bearer(token).to(&served).status)
    };
    assert_eq!(may(&fires), [200, 403, 403]);
    assert_eq!(may(&reads), [403, 404, 403]);
    assert_eq!(may(&both), [200, 404, 403]);
    assert_eq!(may(&admins), [200, 404, 404]);
    assert_eq!(may(&causes), [403, 403, 403]);
}

#[test]
fn a_token_raises_events_of_its_source_its_tenant_and_its_names_only() {
    let given = Given::new();
    let bounds = ["--source", "shop", "--tenant", "t1", "--event", "cloud.*"];
    let bound = token(&given, &[&["--scope", "fire"][..], &bounds].concat());
    let one = token(&given, &["--scope", "fire", "--event", "cloud.pre_create"]);
    let served = serve(&given, &[]);
    let raise = |token: &str, request: Request| request.bearer(token).to(&served);
    raise(&bound, fire("shop")).is(200);
    raise(&bound, event("cloud.pre_create", "shop", r#","tenant":"t1""#)).is(200);
    let foreign = raise(&bound, fire("orchestrator")).is(403);
    foreign.problem("the token is bound to source \"shop\", not \"orchestrator\"");
    raise(&bound, event("cloud.pre_create", "shop", r#","tenant":"t2""#)).is(403).problem("tenant \"t1\"");
    raise(&bound, event("billing.clients.create", "shop", "")).is(403).problem("bound to cloud.*");
    raise(&one, fire("anybody")).is(200);
    raise(&one, event("cloud.post_create", "anybody", "")).is(403).problem("not cloud.post_create");
}

#[test]
fn the_source_of_an_envelope_that_names_none_is_the_name_of_the_token() {
    let given = Given::new();
    let envelope = r#"{"event":{"dt":"2022-01-24T15:44:47+00:00","events_id":"clients.delete","object_id":1},"data":{}}"#;
    let shop = token(&given, &["--scope", "fire", "--name", "shop", "--source", "shop"]);
    let other = token(&given, &["--scope", "fire", "--name", "other", "--source", "shop"]);
    let served = serve(&given, &[]);
    let taken_in = Request::post("/v1/events", envelope).bearer(&shop).to(&served).status;
    assert!([200, 202].contains(&taken_in), "{taken_in}");
    Request::post("/v1/events", envelope).bearer(&other).to(&served).is(403).problem("not \"other\"");
}

#[test]
fn a_token_that_is_revoked_or_expired_or_unknown_is_none() {
    let given = Given::new();
    let kept = token(&given, &["--scope", "read", "--name", "kept"]);
    let revoked = token(&given, &["--scope", "read", "--name", "revoked"]);
    let served = serve(&given, &[]);
    look().bearer(&revoked).to(&served).is(404);
    let list = tenterhook(&given, &["token", "list", "--json"]).ends();
    let list = list.exits(0).hides(&revoked).json();
    let id = list.as_array().unwrap().iter().find(|token| token["name"] == "revoked").unwrap()["id"].clone();
    tenterhook(&given, &["token", "revoke", id.as_str().unwrap()]).ends().exits(0).says("is revoked");
    let refused = look().bearer(&revoked).to(&served).is(401).problem("the token is unknown");
    assert!(refused.header("www-authenticate").unwrap().contains("error=\"invalid_token\""), "{refused:?}");
    look().bearer(&kept).to(&served).is(404);
    // As it will be when its time is over.
    let path = given.data().join("tokens.toml");
    let file = fs::read_to_string(&path).unwrap();
    fs::write(&path, file.replace("created = ", "expires = \"2020-01-01T00:00:00Z\"\ncreated = ")).unwrap();
    look().bearer(&kept).until(&served, 401).problem("the token has expired");
    look().header("authorization", "Basic eDp5").to(&served).is(401).problem("the token is unknown");
}

#[test]
fn who_guesses_is_slowed_down_and_whoever_knows_is_not() {
    let given = Given::new();
    let reader = token(&given, &["--scope", "read"]);
    let served = serve(&given, &[]);
    let mut refused = (0..200).map(|n| look().bearer(&format!("th_{n}")).to(&served));
    let slowed = refused.find(|reply| reply.status == 429).expect("at some time it is too much");
    let slowed = slowed.problem("too many tokens from this address were wrong");
    assert_eq!(slowed.header("retry-after"), Some("1"));
    look().bearer(&reader).to(&served).is(404);
}

#[test]
fn the_file_of_tokens_is_its_owners_alone_and_holds_none() {
    let given = Given::new();
    let made = token(&given, &["--scope", "fire", "--expires", "30d"]);
    let path = given.data().join("tokens.toml");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&path).unwrap().contains(made.trim_start_matches("th_")));
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let start = tenterhook(&given, &["serve", "--listen", "127.0.0.1:0"]).ends();
    start.exits(2).says("others may read or write it, chmod 600");
}

#[test]
fn what_is_no_scope_and_no_time_is_refused() {
    let given = Given::new();
    let new = |args: &[&str]| tenterhook(&given, &["token", "new"]).args(args).ends();
    let known = "unknown scope \"raed\", it is one of fire, read, admin, cause";
    new(&["--scope", "fire,raed"]).exits(2).says(known);
    new(&["--scope", "fire", "--expires", "soon"]).exits(2).says("\"soon\" is no time to come");
    new(&["--scope", "fire", "--expires", "2020-01-01T00:00:00Z"]).exits(2).says("is no time to come");
    tenterhook(&given, &["token", "revoke", "x"]).ends().exits(2).says("there is no token \"x\"");
    tenterhook(&given, &["token", "list"]).ends().exits(0).says("there is no token in");
}

#[test]
fn an_event_that_nobody_knows_is_no_bound_of_a_token() {
    let own = "[[area]]\nname = \"shop\"\n\n[[event]]\nname = \"shop.pre_order\"\nmode = \"ask\"\n";
    let given = Given::new().catalogue(own);
    let new = |events: &str| tenterhook(&given, &["token", "new", "--scope", "fire", "--event", events]);
    let known = |events: &str| new(events).hooks(&given).ends();
    known("cloud.*,shop.*,shop.pre_order,billing.clients.alance_notzero").exits(0);
    let refused = known("cloud.pre_creat,shop.*,shop.pre_ordr,clod.*");
    refused.exits(2).prints("").says("unknown event \"cloud.pre_creat\", did you mean \"cloud.pre_create\"?");
    refused.says("did you mean \"shop.pre_order\"?").says("did you mean \"cloud.*\"?");
    // The configuration knows where the hooks are.
    let configured = new("shop.pre_ordr").env("TENTERHOOK_HOOKS", given.hooks()).ends();
    configured.exits(2).says("did you mean \"shop.pre_order\"?");
    let nowhere = |events: &str| new(events).env("TENTERHOOK_HOOKS", given.data().join("none")).ends();
    nowhere("stall.pre_order")
        .exits(0)
        .says("warning: whether there is an event \"stall.pre_order\" is not known");
    nowhere("cloud.pre_x").exits(2).says("unknown event \"cloud.pre_x\"");
    let listed = tenterhook(&given, &["token", "list"]).ends();
    listed.exits(0).shows("shop.pre_order").shows("stall.pre_order");
    assert!(!listed.out.contains("clod"), "{listed}");
}
