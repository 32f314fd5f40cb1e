//! The order that a hook may ask for: a later event of a subject is held until the one before it is delivered or dead.

use crate::store::{Delivery, DeliveryState};
use std::collections::HashMap;

/// Which delivery of each subject is a hook's to take now.
#[derive(Default)]
pub(super) struct Order {
    heads: HashMap<i64, Head>,
}

struct Head {
    delivery: i64,
    /// It is delivered or dead, and the next one is looked for.
    settled: bool,
    /// Later ones that are being noted as held, and cannot be found yet.
    holding: usize,
}

impl Order {
    /// Whether a delivery is the first of its subject that is not settled. If not it is to be held, which has to be
    /// [noted](Self::changed).
    pub(super) fn claim(&mut self, delivery: &Delivery) -> bool {
        if delivery.subject == 0 {
            return true;
        }
        let id = delivery.id;
        let head =
            self.heads.entry(delivery.subject).or_insert(Head { delivery: id, settled: false, holding: 0 });
        if head.delivery != id {
            head.holding += 1;
        }
        head.delivery == id
    }

    /// A delivery was changed on disk. Whether the next one of its subject is to be looked for.
    pub(super) fn changed(&mut self, delivery: &Delivery) -> bool {
        let Some(head) = self.heads.get_mut(&delivery.subject) else { return false };
        match delivery.state {
            DeliveryState::Held => head.holding = head.holding.saturating_sub(1),
            DeliveryState::Delivered | DeliveryState::Dead if head.delivery == delivery.id => {
                head.settled = true
            }
            _ => {}
        }
        head.settled
    }

    /// The first one that was held of a subject, as it was found on disk, is next. Whether it is to be released.
    pub(super) fn follow(&mut self, subject: i64, next: Option<i64>) -> bool {
        let Some(head) = self.heads.get_mut(&subject).filter(|head| head.settled) else { return false };
        match next {
            Some(delivery) => {
                (head.delivery, head.settled) = (delivery, false);
                true
            }
            None => {
                if head.holding == 0 {
                    self.heads.remove(&subject);
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: i64, state: DeliveryState) -> Delivery {
        Delivery { id, hook: "a".into(), state, attempts: 0, due: 0, subject: 7, reason: None }
    }

    #[test]
    fn a_later_one_waits_until_the_one_before_is_settled() {
        use DeliveryState::{Delivered, Held, Pending};
        let mut order = Order::default();
        assert!(order.claim(&delivery(1, Pending)) && order.claim(&delivery(1, Pending)));
        assert!(!order.claim(&delivery(2, Pending)));
        assert!(!order.changed(&delivery(2, Held)), "the first is not settled");
        assert!(order.changed(&delivery(1, Delivered)));
        assert!(order.follow(7, Some(2)) && !order.follow(7, Some(2)));
        assert!(order.changed(&delivery(2, Delivered)));
        assert!(!order.follow(7, None));
        assert!(order.claim(&delivery(3, Pending)));
    }

    #[test]
    fn nobody_overtakes_one_that_is_being_held() {
        use DeliveryState::{Delivered, Held, Pending};
        let mut order = Order::default();
        assert!(order.claim(&delivery(1, Pending)) && !order.claim(&delivery(2, Pending)));
        // The first is settled before it is on disk that the second is held.
        assert!(order.changed(&delivery(1, Delivered)) && !order.follow(7, None));
        assert!(!order.claim(&delivery(3, Pending)));
        assert!(order.changed(&delivery(2, Held)) && order.follow(7, Some(2)));
    }
}
