//! Looking for hooks, with the selectors that operators know from JeraSoft's handler list.

use crate::manifest::{Class, Status};
use crate::problem::{Place, Problem};
use crate::roster::{Hook, Roster};
use serde::Deserialize;
use std::fmt::Display;

/// Which hooks are looked for (section 5): all that is named must fit; what is absent or blank restricts nothing, but
/// that archived hooks are found only by their status.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "api", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Hooks that listen to this event.
    pub event: Option<String>,
    /// Hooks of this class.
    pub class: Option<String>,
    /// Hooks of this status.
    pub status: Option<String>,
    /// Hooks with this text in id, name or description.
    pub search: Option<String>,
}

impl Search {
    /// The hooks that are found, in the order in which they run, or everything that is wrong with the search.
    pub fn find<'r>(&self, roster: &'r Roster) -> Result<Vec<&'r Hook>, Vec<Problem>> {
        let mut problems = Vec::new();
        let event = given(&self.event).and_then(|name| match roster.catalogue.get(name) {
            Some(kind) => Some(kind.name.as_str()),
            None => {
                problems.push(roster.catalogue.unknown(name));
                None
            }
        });
        let class = word("class", &self.class, Class::ALL, &mut problems);
        let status = word("status", &self.status, Status::ALL, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let text = given(&self.search).map(str::to_lowercase);
        let fits = |hook: &&Hook| {
            let manifest = hook.manifest();
            event.is_none_or(|event| manifest.on.iter().any(|on| on.kind.name == event))
                && class.is_none_or(|class| manifest.class == class)
                && status.map_or(manifest.status != Status::Archived, |status| manifest.status == status)
                && text.as_deref().is_none_or(|text| says(hook, text))
        };
        Ok(roster.hooks().map(|hook| &**hook).filter(fits).collect())
    }
}

pub(super) fn given(value: &Option<String>) -> Option<&str> {
    value.as_deref().map(str::trim).filter(|value| !value.is_empty())
}

/// One of a closed list of words, if any is given.
pub(super) fn word<W: Display + Copy, const N: usize>(
    name: &str,
    value: &Option<String>,
    words: [W; N],
    problems: &mut Vec<Problem>,
) -> Option<W> {
    let value = given(value)?;
    let known = words.map(|word| word.to_string());
    let found = known.iter().position(|word| word == value);
    if found.is_none() {
        let problem = Problem::error(Place::default(), format!("unknown {name} {value:?}"))
            .did_you_mean(value, known.iter().map(String::as_str));
        let hint = problem.hint.clone().unwrap_or_else(|| format!("it is one of {}", known.join(", ")));
        problems.push(problem.hint(hint));
    }
    found.map(|index| words[index])
}

fn says(hook: &Hook, text: &str) -> bool {
    let manifest = hook.manifest();
    let texts = [&*manifest.id, &manifest.name, &manifest.description];
    texts.iter().any(|own| own.to_lowercase().contains(text))
}
