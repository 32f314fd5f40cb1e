//! Which events exist, what they carry, and what a hook may do to them.
//!
//! The catalogue is data: three areas are built in, operators add files of the same form. It knows
//! no event by name; that an event of one system behaves so and of another otherwise stands in
//! those files alone (R64).

mod admit;
mod read;

pub use admit::Admitted;
pub(crate) use admit::no_value;

use crate::event::Mode;
use crate::outcome::Verdict;
use crate::problem::{Place, Problem};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const BUILT_IN: [(&str, &str); 3] = [
    ("cloud.toml", include_str!("../catalogue/cloud.toml")),
    ("billing.toml", include_str!("../catalogue/billing.toml")),
    ("charging.toml", include_str!("../catalogue/charging.toml")),
];

/// What hooks may do to an asked event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub struct Powers {
    /// Refuse it.
    pub veto: bool,
    /// Change its data.
    pub amend: bool,
}

impl Powers {
    /// Whether they cover a verdict.
    pub fn cover(self, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::Accept => true,
            Verdict::Amend(_) | Verdict::Replace(_) => self.amend,
            Verdict::Veto { .. } => self.veto,
        }
    }
}

/// A dimension of an event that hooks filter on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Facet {
    /// Its name: `option`, `table`, …
    pub name: String,
    /// Whether an event may come without it.
    pub optional: bool,
    /// Whether other values than these may come.
    pub open: bool,
    /// Its legal values in the spelling of the source system (R124). None at all: the facet is
    /// filled with `ANY` where an event does not name it (R6).
    pub values: Vec<String>,
}

impl Facet {
    /// Whether `value` is one of its values.
    pub fn knows(&self, value: &str) -> bool {
        self.values.iter().any(|known| known == value)
    }

    /// Whether an event without it gets the value `ANY`.
    pub fn is_optionless(&self) -> bool {
        self.values.is_empty()
    }
}

/// One kind of event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct EventKind {
    /// Its name, unique over all areas (R123).
    pub name: String,
    /// Its name in the system it comes from.
    pub native: String,
    /// The area it belongs to.
    pub area: String,
    /// Whether the application waits.
    pub mode: Mode,
    /// What hooks may do to it.
    pub powers: Powers,
    /// The dimensions that hooks filter on, in their order.
    pub facets: Vec<Facet>,
    /// Other names it is accepted under, with a warning.
    pub aliases: Vec<String>,
    /// Whether the host itself raises it when a hook starts, before any other event of that hook
    /// (R114).
    pub initial: bool,
    /// Whether the host itself raises it for a hook when a schedule of that hook is due (R17).
    pub scheduled: bool,
    /// What it announces.
    pub summary: String,
}

impl EventKind {
    /// The facet of this name.
    pub fn facet(&self, name: &str) -> Option<&Facet> {
        self.facets.iter().find(|facet| facet.name == name)
    }
}

/// All kinds of events that a host knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalogue {
    areas: BTreeMap<String, String>,
    enums: BTreeMap<String, Enum>,
    kinds: BTreeMap<String, Arc<EventKind>>,
    /// By names and aliases.
    by_name: HashMap<String, Arc<EventKind>, foldhash::fast::RandomState>,
}

#[derive(Debug, Clone, PartialEq)]
struct Enum {
    open: bool,
    values: Vec<String>,
}

impl Catalogue {
    /// The three areas that come with the host: `cloud`, `billing`, and `charging` with its two
    /// types of hooks.
    pub fn built_in() -> Self {
        let mut catalogue = Self::default();
        for (file, text) in BUILT_IN {
            let problems = catalogue.add(file, text);
            debug_assert!(problems.is_empty(), "{problems:?}");
        }
        catalogue
    }

    /// These areas with their summaries, and these kinds of events.
    pub(crate) fn of(
        areas: impl IntoIterator<Item = (String, String)>,
        kinds: impl IntoIterator<Item = Arc<EventKind>>,
    ) -> Self {
        let mut catalogue = Self { areas: areas.into_iter().collect(), ..Self::default() };
        kinds.into_iter().for_each(|kind| catalogue.insert(kind));
        catalogue
    }

    /// Adds the areas, enums and events of a catalogue file; `file` names it in problems. Entries
    /// with a problem are left out, the others are added.
    pub fn add(&mut self, file: &str, text: &str) -> Vec<Problem> {
        read::read(self, file, text)
    }

    fn insert(&mut self, kind: Arc<EventKind>) {
        for name in kind.aliases.iter().chain([&kind.name]) {
            self.by_name.insert(name.clone(), Arc::clone(&kind));
        }
        self.kinds.insert(kind.name.clone(), kind);
    }

    /// The kind of event of this name or alias.
    pub fn get(&self, name: &str) -> Option<&Arc<EventKind>> {
        self.by_name.get(name)
    }

    /// The kinds that a name stands for: an event, or all of an area as in `cloud.*`; none where it is unknown.
    pub(crate) fn meant(&self, name: &str) -> Vec<Arc<EventKind>> {
        match name.strip_suffix(".*") {
            Some(area) => self.of_area(area).cloned().collect(),
            None => self.get(name).cloned().into_iter().collect(),
        }
    }

    /// What to say of a name that stands for nothing, neither for an event nor for an area.
    pub(crate) fn meaningless(&self, name: &str, place: Place) -> Problem {
        let areas: Vec<String> = self.areas().map(|(area, _)| format!("{area}.*")).collect();
        let known = self.names().chain(areas.iter().map(String::as_str));
        Problem::error(place, format!("unknown event {name:?}")).did_you_mean(name, known)
    }

    /// All kinds, sorted by name.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<EventKind>> {
        self.kinds.values()
    }

    /// The kinds of one area, sorted by name.
    pub fn of_area<'a>(&'a self, area: &'a str) -> impl Iterator<Item = &'a Arc<EventKind>> {
        self.kinds().filter(move |kind| kind.area == area)
    }

    /// The areas with their summaries.
    pub fn areas(&self) -> impl Iterator<Item = (&str, &str)> {
        self.areas.iter().map(|(name, summary)| (name.as_str(), summary.as_str()))
    }

    /// The values of an enum, such as `cloud.ServerStatus` (R8).
    pub fn values(&self, name: &str) -> Option<&[String]> {
        self.enums.get(name).map(|known| known.values.as_slice())
    }

    /// The names of all enums.
    pub fn enums(&self) -> impl Iterator<Item = &str> {
        self.enums.keys().map(String::as_str)
    }

    /// Every name and alias, for a "did you mean".
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let aliases = self.kinds().flat_map(|kind| &kind.aliases);
        self.kinds.keys().chain(aliases).map(String::as_str)
    }

    /// What to say of a name that no event has. It hints at the event that is meant: misspelt, without
    /// its area, or as its own system calls it. Of several it is the shortest: not the event before it.
    pub fn unknown(&self, name: &str) -> Problem {
        let problem = Problem::error(Place::default(), format!("unknown event {name:?}"));
        let called = |kind: &&Arc<EventKind>| {
            let without_area = kind.name.strip_suffix(name).is_some_and(|area| area.ends_with('.'));
            without_area || kind.native.eq_ignore_ascii_case(name)
        };
        match self.kinds().filter(called).min_by_key(|kind| kind.name.len()) {
            Some(kind) => problem.hint(format!("did you mean {:?}?", kind.name)),
            None => problem.did_you_mean(name, self.names()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_files_have_no_problem_and_all_events() {
        let mut catalogue = Catalogue::default();
        for (file, text) in BUILT_IN {
            assert_eq!(catalogue.add(file, text), []);
        }
        // R123: 85 events of the three systems, and one asked event before each of billing's 21.
        assert_eq!(catalogue.kinds().count(), 85 + 21);
        for (area, kinds) in [("cloud", 27), ("billing", 42), ("charging.api", 20), ("charging.engine", 17)] {
            assert_eq!(catalogue.of_area(area).count(), kinds, "{area}");
        }
        assert_eq!(catalogue.values("cloud.ServerStatus").map(<[_]>::len), Some(11));
        assert_eq!(catalogue.values("charging.ApiResource").map(<[_]>::len), Some(33));
    }

    #[test]
    fn an_alias_leads_to_its_event() {
        let catalogue = Catalogue::built_in();
        let kind = catalogue.get("billing.clients.alance_notzero").unwrap();
        assert_eq!(kind.name, "billing.clients.balance_notzero");
    }
}
