//! The cause that a target is given: only where its TOML grants the platform, and good for nothing else.

use super::Toml;
use crate::access::{serve, token};
use crate::signed;
use serde_json::{Value, json};
use tenterhook_tests::{Given, Reply, Request, Served, Target};

/// A service that asks this target with these grants, and the tokens of its application and of the target.
struct Shop {
    served: Served,
    platform: String,
    customer: String,
    _given: Given,
}

fn shop(target: &Target, grants: &str) -> Shop {
    let url = target.url();
    let grants = format!("networks = ['127.0.0.1']\n{grants}");
    let given = Given::new().toml("a", &Toml { grants: &grants, ..Toml::of(&url) }.text());
    let platform = token(&given, &["--scope", "fire,cause"]);
    let customer = token(&given, &["--scope", "fire"]);
    let served = serve(&given, &[]);
    Shop { served, platform, customer, _given: given }
}

impl Shop {
    fn raise(&self, token: &str, id: &str, more: Value) -> Reply {
        let mut event = json!({
            "specversion": "1.0", "id": id, "type": "cloud.pre_create", "source": "shop", "option": "SERVER",
            "data": {},
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Request::post("/v1/events", &event.to_string()).bearer(token).to(&self.served)
    }
}

#[test]
fn what_a_target_causes_wakes_no_hook() {
    // R28, R30, R33
    let target = Target::new(Target::ACCEPTS);
    let shop = shop(&target, "platform = ['createServer']");
    shop.raise(&shop.customer, "e1", json!({})).is(200);
    let got = target.last();
    let cause = got.has("tenterhook-cause");
    let said = signed::payload(cause);
    assert_eq!((&said["hooks"], &said["event"]), (&json!(["a"]), &json!("e1")), "{said}");
    let caused = shop.raise(&shop.platform, "e2", json!({"cause": cause})).is(200).json();
    assert_eq!(caused["suppressed"], json!({"hook": "a", "event": "e1"}), "{caused}");
    // R32: the same by somebody else is dispatched.
    shop.raise(&shop.platform, "e3", json!({})).is(200);
    assert_eq!(target.got().len(), 2);
}

#[test]
fn a_target_cannot_switch_guards_off_with_the_token_it_was_given() {
    // R29–R33
    let target = Target::new(Target::ACCEPTS);
    let shop = shop(&target, "platform = ['createServer']");
    shop.raise(&shop.customer, "e1", json!({"tenant": "t1"})).is(200);
    let cause = target.last().has("tenterhook-cause").to_owned();
    for more in [
        json!({"cause": cause, "tenant": "t1", "source": "bank"}),
        json!({"cause": cause, "tenant": "t2"}),
        json!({"cause": cause}),
        json!({"cause": format!("{cause}x"), "tenant": "t1"}),
    ] {
        shop.raise(&shop.platform, "e2", more).is(400);
    }
    // Nor may whoever is not the application say a cause at all.
    let refused = shop.raise(&shop.customer, "e2", json!({"cause": cause, "tenant": "t1"}));
    assert!([400, 403].contains(&refused.status), "{refused:?}");
    assert_eq!(target.got().len(), 1);
}

#[test]
fn without_the_grant_no_token_goes_out() {
    let target = Target::new(Target::ACCEPTS);
    let shop = shop(&target, "");
    shop.raise(&shop.customer, "e1", json!({})).is(200);
    let got = target.last();
    assert!(got.header("tenterhook-cause").is_none());
    assert!(!got.head.contains("v1.") && !got.body.contains("cause"), "{got:?}");
}
