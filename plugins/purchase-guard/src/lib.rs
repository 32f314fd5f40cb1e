//! Refuses purchases and payments above a ceiling. Refunds pass: those of type `refund`, and negative amounts.
//!
//! The property `ceiling` is the highest amount that passes, 1000 unless set: a number, or a string such as
//! `"1000.50"`. The amount is the event's `amount`, also a number or a string. Both are compared as they are
//! written: no amount is rounded, and one that is too long for that (28 digits always fit) fails the hook.

use rust_decimal::Decimal;
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
    let ceiling = exact(&ceiling)?;
    // A string's quotes are no part of the amount.
    let text = event.data.amount.get().trim_matches('"');
    let amount = exact(text)?;
    let is_refund = event.data.kind.eq_ignore_ascii_case("refund");
    if is_refund || amount <= ceiling {
        return Ok(accept());
    }
    Ok(veto("purchase.ceiling", format!("{text} is above the ceiling of {ceiling}")))
}

/// The number as it is written, `1E3` being `1000`, or an error where it would have to be rounded.
fn exact(text: &str) -> Result<Decimal> {
    let number = match text.split_once(['e', 'E']) {
        // `from_scientific` alone would round what is in front of the exponent.
        Some((front, _)) => Decimal::from_str_exact(front).and_then(|_| Decimal::from_scientific(text)),
        None => Decimal::from_str_exact(text),
    };
    Ok(number.map_err(|error| format!("amount {text:?}: {error}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay(ceiling: &str, data: Value) -> Result<Verdict> {
        let event = test::event("cloud.pre_payment").data(data);
        test::Host::new().property("ceiling", ceiling).run(|| purchase_guard(event))
    }

    #[test]
    fn the_ceiling_itself_passes() {
        assert_eq!(pay("1000", json!({"amount": 1000})), Ok(accept()));
        assert_eq!(pay("1000.10", json!({"amount": "1000.1"})), Ok(accept()));
        assert_eq!(pay("1e3", json!({"amount": "10.00E+2"})), Ok(accept()));
    }

    #[test]
    fn the_smallest_amount_above_it_does_not() {
        for amount in ["1000.00000000000000000001", "1.00000000000000000000001e3"] {
            let reason = format!("{amount} is above the ceiling of 1000");
            let data = json!({"amount": amount, "type": "PAYMENT"});
            assert_eq!(pay("1000", data), Ok(veto("purchase.ceiling", reason)));
        }
    }

    #[test]
    fn refunds_pass() {
        assert_eq!(pay("10", json!({"amount": 5000, "type": "REFUND"})), Ok(accept()));
        assert_eq!(pay("10", json!({"amount": -5000})), Ok(accept()));
    }

    #[test]
    fn what_is_no_amount_fails_the_hook() {
        for amount in [json!("lots"), json!(""), json!(null), json!({}), json!("1e"), json!("1,000")] {
            assert!(pay("10", json!({"amount": amount})).is_err(), "{amount}");
        }
        let message = "amount \"ten\": Invalid decimal: unknown character";
        assert_eq!(pay("ten", json!({"amount": 1})), Err(message.into()));
    }

    #[test]
    fn what_would_have_to_be_rounded_fails_the_hook() {
        for amount in
            ["10.0000000000000000000000000000001", "1.00000000000000000000000000000001e1", "1e400", "1e-400"]
        {
            assert!(pay("10", json!({"amount": amount})).is_err(), "{amount}");
        }
    }
}
