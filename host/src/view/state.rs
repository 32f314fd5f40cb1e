//! What hooks keep, as it is shown.

use super::find::page;
use super::search::given;
use crate::problem::{Place, Problem};
use crate::store::{Entry, KeySearch, Spot};
use serde::{Deserialize, Serialize};

/// Which keys are looked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "api", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct StateSearch {
    /// Those of this hook, whether it is still there or not.
    pub hook: Option<String>,
    /// Those after the page that named this as its `next`.
    pub after: Option<String>,
    /// How many at most: 50 where nothing is said, up to 500.
    pub limit: Option<String>,
}

impl StateSearch {
    /// The names and values of what is looked for.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [("hook", &self.hook), ("after", &self.after), ("limit", &self.limit)];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }

    /// What to look for, or everything that is wrong with the search.
    pub(crate) fn read(&self) -> Result<KeySearch, Vec<Problem>> {
        let mut problems = Vec::new();
        let after = given(&self.after).and_then(|text| {
            let spot = serde_json::from_str::<Spot>(text).ok();
            if spot.is_none() {
                let problem =
                    Problem::error(Place::default(), format!("after = {text:?} is no place in a list"));
                problems.push(problem.hint("name what a page says as its next"));
            }
            spot
        });
        let at_most = page(&self.limit, &mut problems);
        let search = KeySearch { hook: given(&self.hook).map(str::to_owned), after, at_most };
        if problems.is_empty() { Ok(search) } else { Err(problems) }
    }
}

/// A page of what hooks keep.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = State))]
pub struct StateView {
    /// By hook, tenant and key.
    pub(crate) keys: Vec<KeyView>,
    /// What to name as `after` to go on; nothing where there are no more.
    pub(crate) next: Option<String>,
}

/// A key that a hook keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "api", schema(as = Key))]
pub struct KeyView {
    /// The hook.
    pub(crate) hook: String,
    /// The tenant it is kept for, where it is one.
    pub(crate) tenant: Option<String>,
    /// The key.
    pub(crate) key: String,
    /// Bytes of its value.
    pub(crate) bytes: usize,
    /// The value, where it is text.
    pub(crate) value: Option<String>,
}

impl StateView {
    /// What is shown of a page.
    pub(crate) fn of((entries, next): (Vec<Entry>, Option<Spot>)) -> Self {
        // Three texts are always JSON.
        let next = next.map(|spot| serde_json::to_string(&spot).unwrap_or_default());
        Self { keys: entries.into_iter().map(KeyView::of).collect(), next }
    }
}

impl KeyView {
    fn of(Entry { owner, key, value }: Entry) -> Self {
        let bytes = value.len();
        let tenant = owner.tenant.as_deref().map(str::to_owned);
        Self { hook: owner.hook.to_string(), tenant, key, bytes, value: String::from_utf8(value).ok() }
    }
}
