//! The events there are. Knows the built-in catalogues and those an author names; nothing of syntax.

use std::collections::BTreeMap;

use serde::Deserialize;

const BUILT_IN: [&str; 3] = [
    include_str!("../catalogue/cloud.toml"),
    include_str!("../catalogue/billing.toml"),
    include_str!("../catalogue/charging.toml"),
];

/// Areas, enums and events; of keys a hook's author has no use for, nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Catalogue {
    #[serde(rename = "area")]
    areas: Vec<Area>,
    #[serde(rename = "enum")]
    enums: Vec<Enum>,
    #[serde(rename = "event")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Area {
    name: String,
}

#[derive(Deserialize)]
struct Enum {
    name: String,
    #[serde(default)]
    open: bool,
    values: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Event {
    pub(crate) name: String,
    #[serde(default)]
    native: String,
    pub(crate) mode: Mode,
    /// Each facet with the enums that its values are from; none means that only `ANY` is legal.
    #[serde(default)]
    pub(crate) facets: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    Ask,
    Tell,
}

/// The values a facet may have.
#[derive(Default)]
pub(crate) struct Legal<'a> {
    pub(crate) open: bool,
    pub(crate) values: Vec<&'a str>,
}

impl Catalogue {
    /// The built-in catalogues.
    pub(crate) fn built_in() -> Self {
        let mut all = Self::default();
        for text in BUILT_IN {
            all.add(text).expect("the built-in catalogues are tested");
        }
        all
    }

    /// Adds a catalogue file's text.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let more: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        self.areas.extend(more.areas);
        self.enums.extend(more.enums);
        self.events.extend(more.events);
        Ok(())
    }

    /// The events a hook means by `name`: the one of that name, or for `<area>.*` all of that area.
    pub(crate) fn find(&self, name: &str) -> Result<Vec<&Event>, String> {
        let found: Vec<_> = match name.strip_suffix(".*") {
            Some(area) => self.events.iter().filter(|event| self.area(&event.name) == Some(area)).collect(),
            None => self.events.iter().filter(|event| event.name == name).collect(),
        };
        if found.is_empty() { Err(self.unknown(name)) } else { Ok(found) }
    }

    /// The name of the event that has this alias.
    pub(crate) fn real_name(&self, alias: &str) -> Option<&str> {
        self.events
            .iter()
            .find(|event| event.aliases.iter().any(|each| each == alias))
            .map(|event| event.name.as_str())
    }

    /// The area an event is of: the longest one that its name begins with.
    pub(crate) fn area(&self, event: &str) -> Option<&str> {
        let begins = |area: &&str| event.strip_prefix(area).is_some_and(|rest| rest.starts_with('.'));
        self.areas.iter().map(|area| area.name.as_str()).filter(begins).max_by_key(|area| area.len())
    }

    /// The values that a facet of an event may have; `None` where it has no such facet.
    pub(crate) fn legal<'a>(&'a self, event: &'a Event, facet: &str) -> Option<Legal<'a>> {
        let names = event.facets.get(facet)?;
        let mut legal = Legal::default();
        for each in self.enums.iter().filter(|each| names.contains(&each.name)) {
            legal.open |= each.open;
            legal.values.extend(each.values.iter().map(String::as_str));
        }
        Some(legal)
    }

    fn unknown(&self, name: &str) -> String {
        if let Some(area) = name.strip_suffix(".*") {
            let hint = did_you_mean(area, self.areas.iter().map(|area| area.name.as_str()), |near| {
                format!("{near}.*")
            });
            return format!("unknown area {area:?}{hint}");
        }
        if let Some(event) = self.events.iter().find(|event| event.native == name) {
            return format!("unknown event {name:?}, did you mean {:?}?", event.name);
        }
        let hint = did_you_mean(name, self.events.iter().map(|event| event.name.as_str()), str::to_owned);
        format!("unknown event {name:?}{hint}")
    }
}

impl<'a> Legal<'a> {
    /// What is legal for any of several events.
    pub(crate) fn union(all: Vec<Self>) -> Self {
        Self {
            open: all.iter().any(|legal| legal.open),
            values: all.into_iter().flat_map(|legal| legal.values).collect(),
        }
    }
}

/// `, did you mean "…"?` where one of the known words is close enough, else nothing.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    say: impl Fn(&str) -> String,
) -> String {
    let near = known
        .into_iter()
        .map(|each| (strsim::damerau_levenshtein(&each.to_lowercase(), &word.to_lowercase()), each))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 1 + word.chars().count() / 5);
    near.map_or_else(String::new, |(_, near)| format!(", did you mean {:?}?", say(near)))
}
