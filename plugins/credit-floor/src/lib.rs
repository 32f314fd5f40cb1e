//! Refuses charges that would take a wallet below a floor.
//!
//! The event's data says what the wallet holds, `balance`, and what is asked of it, `requested`: both whole
//! numbers of the wallet's smallest unit, such as microcents. The property `floor` is in the same unit: 0
//! unless set, negative for a credit line.

use tenterhook_sdk::prelude::*;

#[derive(Deserialize)]
struct Charge {
    balance: i64,
    requested: i64,
}

#[hook(
    on = "charging.engine.pre_policy_selection",
    action = ["Debit", "Reserve", "Create Session"],
    priority = 10,
    name = "Credit floor",
    description = "Refuses charges that would take a wallet below a floor",
    on_failure = "veto",
    properties(floor = 0)
)]
fn credit_floor(event: Event<Charge>) -> Result<Verdict> {
    let floor = property_or("floor", 0_i64)?;
    let Charge { balance, requested } = event.data;
    // No two numbers of 64 bits overflow one of 128.
    let left = i128::from(balance) - i128::from(requested);
    if left >= i128::from(floor) {
        return Ok(accept());
    }
    let reason = format!("{balance} less {requested} leaves {left}, below the floor of {floor}");
    Ok(veto("credit.floor", reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(floor: i64, balance: i64, requested: i64) -> Result<Verdict> {
        let event = test::event("charging.engine.pre_policy_selection")
            .facet("action", "Reserve")
            .data(json!({"balance": balance, "requested": requested, "unit": "MICROCENTS"}));
        test::Host::new().property("floor", floor).run(|| credit_floor(event))
    }

    #[test]
    fn down_to_the_floor_is_fine() {
        assert_eq!(charge(0, 500, 500), Ok(accept()));
        assert_eq!(charge(-200, 0, 200), Ok(accept()));
    }

    #[test]
    fn below_it_is_not() {
        let reason = "500 less 501 leaves -1, below the floor of 0";
        assert_eq!(charge(0, 500, 501), Ok(veto("credit.floor", reason)));
        assert!(charge(0, i64::MIN, i64::MAX) != Ok(accept()));
    }

    #[test]
    fn a_floor_that_is_no_number_fails_the_hook() {
        let event =
            test::event("charging.engine.pre_policy_selection").data(json!({"balance": 1, "requested": 1}));
        let verdict = test::Host::new().property("floor", "low").run(|| credit_floor(event));
        let message = "property \"floor\": invalid type: string \"low\", expected i64";
        assert_eq!(verdict, Err(message.into()));
    }
}
