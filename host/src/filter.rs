//! Which events of a kind a hook wants: facets narrow together, the values of one facet widen.

use std::collections::BTreeMap;

/// What a hook asks of an event's facets. Empty, it matches every event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<(String, Vec<String>)>);

impl Filter {
    /// The wildcard: as the only value of a facet it restricts nothing (R5).
    pub const ANY: &'static str = "ANY";

    /// Restricts one facet to some values. No values, or [`ANY`](Self::ANY) alone, restrict nothing.
    #[must_use]
    pub fn with(mut self, facet: impl Into<String>, values: Vec<String>) -> Self {
        if !values.is_empty() && values != [Self::ANY] {
            self.0.push((facet.into(), values));
        }
        self
    }

    /// Whether an event with these facets is wanted: it has every facet that is restricted (R106),
    /// each with one of the values (R4). A facet that the event lacks does not match.
    pub fn matches(&self, facets: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|(name, values)| facets.get(name).is_some_and(|value| values.contains(value)))
    }

    /// The values to which a facet is restricted, if it is.
    pub fn values(&self, facet: &str) -> Option<&[String]> {
        self.0.iter().find(|(name, _)| name == facet).map(|(_, values)| values.as_slice())
    }

    /// The restricted facets with their values.
    pub fn facets(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facets(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    fn values(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| value.to_string()).collect()
    }

    #[test]
    fn facets_narrow_together_and_values_widen() {
        // R103, R105, R106
        let filter = Filter::default()
            .with("table", values(&["Account", "Voucher"]))
            .with("action", values(&["Insert"]));
        assert!(filter.matches(&facets(&[("table", "Voucher"), ("action", "Insert")])));
        assert!(!filter.matches(&facets(&[("table", "Policy"), ("action", "Insert")])));
        assert!(!filter.matches(&facets(&[("table", "Account"), ("action", "Get")])));
        assert!(!filter.matches(&facets(&[("action", "Insert")])));
    }

    #[test]
    fn any_and_nothing_restrict_nothing() {
        // R5, Q7
        for filter in [
            Filter::default(),
            Filter::default().with("option", values(&["ANY"])),
            Filter::default().with("option", vec![]),
        ] {
            assert!(filter.matches(&facets(&[("option", "SERVER")])));
            assert!(filter.matches(&facets(&[])));
        }
    }
}
