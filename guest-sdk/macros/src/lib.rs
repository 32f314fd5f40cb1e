//! The macros of `tenterhook-sdk`, which re-exports and documents them.
//!
//! `catalogue` knows the events, `args` reads what the author wrote (its values by `literal`), `check`
//! holds it against the catalogue, `manifest` says it as JSON, `expand` makes the component out of it.
//! `derive` lets authors derive serde's traits without depending on serde.

mod args;
mod catalogue;
mod check;
mod derive;
mod errors;
mod expand;
mod literal;
mod manifest;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemFn, ItemMod, parse_macro_input};

/// Makes a function a hook: the one handler of its component.
///
/// ```text
/// #[hook(on = "cloud.pre_create", option = "SERVER", priority = 10)]
/// fn server_quota(event: Event<Server>) -> Verdict { … }
/// ```
///
/// | key | is |
/// |---|---|
/// | `on` | the event, or `["several", "events"]` of one area, or all of an area: `"cloud.*"` |
/// | `priority` | lower runs first; may be negative |
/// | *facet* | `option = "SERVER"`, `table = ["Account", "Voucher"]`: only events with one of these; `"ANY"` matches all |
/// | `name` | the title; by default the function's name with spaces |
/// | `description` | a line about it |
/// | `on_failure` | what becomes of an asked event when the hook fails: `"veto"` or `"accept"`; an error where none is asked |
/// | `properties(…)` | defaults of its properties: `properties(max_cpus = 16, currency = "EUR")` |
/// | `schedule(…)` | when the scheduled event of its area is raised for it: `schedule(cron = "0 3 * * *", timezone = "Europe/Berlin")`, `schedule(every = "15m")`; there may be several |
/// | `wants(…)` | what it asks its operator to grant: `wants(keyvalue = true)` |
/// | `catalogue` | a catalogue file of the application's own events, relative to `Cargo.toml` |
///
/// Events, facets and their values are checked against the catalogues when the hook is compiled; an alias of an
/// event stands for its real name. All of it is written into the component as its manifest, which the
/// operator's TOML may override key by key. The function stays what it is: tests call it.
#[proc_macro_attribute]
pub fn hook(args: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    expand::hook(args.into(), &function).unwrap_or_else(|error| expand::failed(&error, &function)).into()
}

/// Makes a module a hook with several handlers, each with its own events and its own type of data.
///
/// ```text
/// #[hooks(priority = 10)]
/// mod quota {
///     #[on("cloud.pre_create", option = "SERVER")]
///     fn server(event: Event<Server>) -> Verdict { … }
///
///     #[on("cloud.pre_create", option = "DISK")]
///     fn disk(event: Event<Disk>) -> Verdict { … }
/// }
/// ```
///
/// The module takes the keys of [`macro@hook`] except `on` and the facets; those are in `#[on(…)]`, where the
/// event comes first. No event may have two handlers.
#[proc_macro_attribute]
pub fn hooks(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut module = parse_macro_input!(item as ItemMod);
    match expand::hooks(args.into(), &mut module) {
        Ok(tokens) => tokens.into(),
        Err(error) => expand::failed(&error, &module).into(),
    }
}

/// Derives serde's `Deserialize`, without serde in `Cargo.toml`; takes the same `#[serde(…)]` attributes.
#[proc_macro_derive(Deserialize, attributes(serde))]
pub fn deserialize(item: TokenStream) -> TokenStream {
    derive::deserialize(parse_macro_input!(item as DeriveInput))
        .unwrap_or_else(|e| e.into_compile_error())
        .into()
}

/// Derives serde's `Serialize`, without serde in `Cargo.toml`; takes the same `#[serde(…)]` attributes.
#[proc_macro_derive(Serialize, attributes(serde))]
pub fn serialize(item: TokenStream) -> TokenStream {
    derive::serialize(parse_macro_input!(item as DeriveInput))
        .unwrap_or_else(|e| e.into_compile_error())
        .into()
}
