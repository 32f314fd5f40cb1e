//! Refuses purchases and payments above a ceiling. Refunds pass: those of type `refund`, and negative amounts.
//!
//! The property `ceiling` is the highest amount that passes, 1000 unless set: a number, or a string such as
//! `"1000.50"`. The amount is the event's `amount`, also a number or a string. Both are compared digit by
//! digit, so that no amount is rounded on either side of the ceiling.

mod decimal;

use decimal::Decimal;
use tenterhook_sdk::prelude::*;

#[derive(Deserialize)]
struct Payment {
    amount: RawJson,
    #[serde(default, rename = "type")]
    kind: String,
}

#[hook(
    on = ["cloud.pre_purchase", "cloud.pre_payment"],
    priority = 20,
    name = "Purchase guard",
    description = "Refuses purchases and payments above a ceiling",
    on_failure = "veto",
    properties(ceiling = 1000)
)]
fn purchase_guard(event: Event<Payment>) -> Result<Verdict> {
    let ceiling: String = property("ceiling")?.ok_or("property \"ceiling\" is not set")?;
    let ceiling: Decimal = ceiling.parse()?;
    // A string's quotes are no part of the amount.
    let text = event.data.amount.get().trim_matches('"');
    let amount: Decimal = text.parse()?;
    let is_refund = event.data.kind.eq_ignore_ascii_case("refund");
    if is_refund || amount <= ceiling {
        return Ok(accept());
    }
    Ok(veto(
        "purchase.ceiling",
        format!("{text} is above the ceiling of {ceiling}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay(ceiling: &str, data: Value) -> Result<Verdict> {
        let event = test::event("cloud.pre_payment").data(data);
        test::Host::new()
            .property("ceiling", ceiling)
            .run(|| purchase_guard(event))
    }

    #[test]
    fn the_ceiling_itself_passes() {
        assert_eq!(pay("1000", json!({"amount": 1000})), Ok(accept()));
        assert_eq!(pay("1000.10", json!({"amount": "1000.1"})), Ok(accept()));
    }

    #[test]
    fn the_smallest_amount_above_it_does_not() {
        let reason = "1000.00000000000000000001 is above the ceiling of 1000";
        let data = json!({"amount": "1000.00000000000000000001", "type": "PAYMENT"});
        assert_eq!(pay("1000", data), Ok(veto("purchase.ceiling", reason)));
    }

    #[test]
    fn refunds_pass() {
        assert_eq!(
            pay("10", json!({"amount": 5000, "type": "REFUND"})),
            Ok(accept())
        );
        assert_eq!(pay("10", json!({"amount": -5000})), Ok(accept()));
    }

    #[test]
    fn what_is_no_amount_fails_the_hook() {
        assert_eq!(
            pay("10", json!({"amount": "lots"})),
            Err("\"lots\" is no amount".into())
        );
        assert_eq!(
            pay("ten", json!({"amount": 1})),
            Err("\"ten\" is no amount".into())
        );
        assert_eq!(
            pay("10", json!({"amount": null})),
            Err("\"null\" is no amount".into())
        );
    }
}
