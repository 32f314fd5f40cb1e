//! What a hook says of itself: one JSON object and a newline, for the section `tenterhook:manifest`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use syn::LitStr;

use crate::args::{Hook, On};
use crate::check::Handler;

#[derive(Serialize)]
struct Manifest<'a> {
    /// The version of this format.
    manifest: u8,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    r#type: &'a str,
    priority: i32,
    on: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_failure: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    properties: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    schedule: &'a [Map<String, Value>],
    #[serde(skip_serializing_if = "Map::is_empty")]
    wants: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct Entry {
    event: String,
    #[serde(flatten)]
    facets: BTreeMap<String, Vec<String>>,
}

/// The manifest's text. `name` is the title where the author gave none.
pub(crate) fn manifest(hook: &Hook, name: &str, area: &str, handlers: &[Handler]) -> String {
    let text = |literal: &Option<LitStr>| literal.as_ref().map(LitStr::value);
    let manifest = Manifest {
        manifest: 1,
        name: text(&hook.name).unwrap_or_else(|| name.replace('_', " ")),
        description: text(&hook.description),
        r#type: area,
        priority: hook.priority,
        on: handlers.iter().flat_map(|handler| entries(&handler.on)).collect(),
        on_failure: text(&hook.on_failure),
        properties: &hook.properties,
        schedule: &hook.schedule,
        wants: &hook.wants,
    };
    serde_json::to_string(&manifest).expect("strings and numbers are JSON") + "\n"
}

/// One entry per event, all with the same filter.
fn entries(on: &On) -> impl Iterator<Item = Entry> {
    on.events.iter().map(|event| {
        let values = |values: &[LitStr]| values.iter().map(LitStr::value).collect();
        let facets = on.facets.iter().map(|facet| (facet.name.to_string(), values(&facet.values))).collect();
        Entry { event: event.value(), facets }
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::args;
    use crate::check::check;

    fn manifest_of(args: proc_macro2::TokenStream) -> String {
        let (hook, on) = args::hook(args).expect("the arguments are well formed");
        let mut handlers = [Handler { name: "server_quota".to_owned(), on }];
        let area = check(&hook, &mut handlers).expect("the catalogue has it");
        manifest(&hook, "server_quota", &area, &handlers)
    }

    #[test]
    fn says_no_more_than_the_author() {
        let text = manifest_of(quote!(on = "cloud.*", priority = -1));
        let expected =
            r#"{"manifest":1,"name":"server quota","type":"cloud","priority":-1,"on":[{"event":"cloud.*"}]}"#;
        assert_eq!(text, format!("{expected}\n"));
    }

    #[test]
    fn says_the_real_name_of_an_event() {
        let text = manifest_of(quote!(on = "billing.clients.alance_notzero", priority = 1));
        let expected = r#"{"manifest":1,"name":"server quota","type":"billing","priority":1,"on":[{"event":"billing.clients.balance_notzero"}]}"#;
        assert_eq!(text, format!("{expected}\n"));
    }

    #[test]
    fn says_when_it_is_run_and_what_it_wants() {
        let text = manifest_of(quote! {
            on = "cloud.scheduled",
            priority = 1,
            schedule(cron = "0 3 * * *", timezone = "Europe/Berlin"),
            schedule(every = "15m", catch_up = "one"),
            wants(keyvalue = true),
        });
        let rest = r#""schedule":[{"cron":"0 3 * * *","timezone":"Europe/Berlin"},{"catch_up":"one","every":"15m"}],"wants":{"keyvalue":true}}"#;
        assert!(text.ends_with(&format!("{rest}\n")), "{text}");
    }

    #[test]
    fn says_everything_the_author_said() {
        let text = manifest_of(quote! {
            on = ["charging.api.pre_validate", "charging.api.pre_database_submit"],
            table = "Account",
            action = ["Insert", "Update"],
            priority = 10,
            name = "Quota",
            description = "Watches",
            on_failure = "veto",
            properties(max = 16, floor = -0.5, currency = "EUR", strict = true, of = ["a", "b"], deep(er = 1)),
        });
        let on = |event: &str| {
            format!(r#"{{"event":"charging.api.{event}","action":["Insert","Update"],"table":["Account"]}}"#)
        };
        let expected = format!(
            r#"{{"manifest":1,"name":"Quota","description":"Watches","type":"charging.api","priority":10,"on":[{},{}],"on_failure":"veto","properties":{{"currency":"EUR","deep":{{"er":1}},"floor":-0.5,"max":16,"of":["a","b"],"strict":true}}}}"#,
            on("pre_validate"),
            on("pre_database_submit"),
        );
        assert_eq!(text, format!("{expected}\n"));
    }
}
