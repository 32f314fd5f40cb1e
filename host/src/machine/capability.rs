//! What a guest can reach: its properties, its log, clocks, random numbers, and nothing else.
//!
//! Interfaces behind a grant are linked, and answer that access is denied to whom it is not granted; files and sockets are
//! linked to traps, because a language's library may name them without ever using them.

use super::load_error::LoadError;
use super::sandbox::State;
use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{HasSelf, Linker, ResourceType};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};

mod answer;
pub(super) mod http;
mod keyvalue;
pub(super) mod platform;
pub(super) mod print;

pub(super) mod bindings {
    #![allow(missing_docs, reason = "generated from the contract, which has the documentation")]
    wasmtime::component::bindgen!({
        path: "wit",
        world: "hook",
        imports: { "tenterhook:hook/platform.call": async | trappable, default: trappable },
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: true },
        with: {
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:random": wasmtime_wasi::p2::bindings::random,
            "wasi:keyvalue/store.bucket": super::keyvalue::Bucket,
        },
    });
}

use bindings::tenterhook::hook::{platform as calls, types};
use bindings::wasi::config::store as config;
use bindings::wasi::keyvalue::{atomics, batch, store};
use bindings::wasi::logging::logging;

/// A linker with everything that is always there, and everything that a grant opens.
pub(super) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    // io, clocks, random, standard input, output and error.
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(l)?;
    wasi::random::insecure::add_to_linker::<State, WasiRandom>(l, State::random)?;
    wasi::random::insecure_seed::add_to_linker::<State, WasiRandom>(l, State::random)?;
    wasi::cli::exit::add_to_linker::<State, WasiCli>(l, State::cli)?;
    wasi::cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
    wasi::cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)?;
    wasi::cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)?;
    wasi::cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    wasi::cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    wasi::cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(l)?;
    types::add_to_linker::<State, HasSelf<State>>(l, |state| state)?;
    config::add_to_linker::<State, HasSelf<State>>(l, |state| state)?;
    logging::add_to_linker::<State, HasSelf<State>>(l, |state| state)?;
    calls::add_to_linker::<State, HasSelf<State>>(l, |state| state)?;
    store::add_to_linker::<State, HasSelf<State>>(l, |state| state)?;
    atomics::add_to_linker::<State, HasSelf<State>>(l, |state| state)?;
    batch::add_to_linker::<State, HasSelf<State>>(l, |state| state)?;
    Ok(linker)
}

/// What a hook may import, granted or not. A draft links by its exact version.
const OFFERED: [(&str, Option<&str>); 9] = [
    ("tenterhook:hook", None),
    ("wasi:cli", None),
    ("wasi:clocks", None),
    ("wasi:config", Some("0.2.0-rc.1")),
    ("wasi:http", None),
    ("wasi:io", None),
    ("wasi:keyvalue", Some("0.2.0-draft")),
    ("wasi:logging", Some("0.1.0-draft")),
    ("wasi:random", None),
];

/// Files and sockets: their names are linked, touching one ends the call.
const NEVER: [&str; 2] = ["wasi:filesystem/", "wasi:sockets/"];

/// A guest touched something that it was not granted.
#[derive(Debug)]
pub(super) struct Ungranted(String);

impl std::fmt::Display for Ungranted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Ungranted {}

/// Links what a component imports of files and sockets to traps, and refuses what it imports that
/// nobody gets. Returns the names that trap.
pub(super) fn trap_ungranted(
    engine: &wasmtime::Engine,
    linker: &mut Linker<State>,
    component: &wasmtime::component::Component,
) -> Result<Vec<String>, LoadError> {
    let mut ungranted = Vec::new();
    let imports = component.component_type();
    for (name, item) in imports.imports(engine) {
        if NEVER.iter().any(|never| name.starts_with(never)) {
            if let ComponentItem::ComponentInstance(instance) = item.ty {
                trap_instance(engine, linker, name, &instance)
                    .map_err(|error| LoadError::Contract(format!("{error:#}")))?;
            }
            ungranted.push(name.to_owned());
        } else {
            offered(name)?;
        }
    }
    Ok(ungranted)
}

/// What a component gets of what it imports.
#[cfg(feature = "cli")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// What every hook has.
    Always,
    /// What its operator grants, under this key.
    Granted(&'static str),
    /// Touching it ends the call.
    Trap,
    /// It is not loaded.
    Refused,
}

/// Interfaces behind a grant, and its key.
#[cfg(feature = "cli")]
const GRANTS: [(&str, &str); 3] = [
    ("wasi:keyvalue/", "keyvalue"),
    ("wasi:http/outgoing-handler", "http"),
    ("tenterhook:hook/platform", "platform"),
];

/// What a component gets of the interface that it imports under this name.
#[cfg(feature = "cli")]
pub(super) fn reached(name: &str) -> Reached {
    let begins = |prefix: &str| name.starts_with(prefix);
    if NEVER.iter().any(|never| begins(never)) {
        return Reached::Trap;
    }
    match (offered(name), GRANTS.iter().find(|(prefix, _)| begins(prefix))) {
        (Err(_), _) => Reached::Refused,
        (Ok(()), Some((_, grant))) => Reached::Granted(grant),
        (Ok(()), None) => Reached::Always,
    }
}

fn offered(name: &str) -> Result<(), LoadError> {
    let (path, version) = name.split_once('@').unwrap_or((name, ""));
    let package = path.split('/').next().unwrap_or_default();
    match OFFERED.iter().find(|(known, _)| *known == package) {
        Some((_, Some(exact))) if *exact != version => {
            Err(LoadError::Draft(format!("{name:?}, this host has {package}@{exact}")))
        }
        Some(_) => Ok(()),
        None => Err(LoadError::Import(name.to_owned())),
    }
}

fn trap_instance(
    engine: &wasmtime::Engine,
    linker: &mut Linker<State>,
    name: &str,
    instance: &ComponentInstance,
) -> wasmtime::Result<()> {
    let mut traps = linker.instance(name)?;
    for (export, item) in instance.exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(_) => {
                let touched = format!("{name}#{export}");
                traps.func_new(export, move |_, _, _, _| Err(Ungranted(touched.clone()).into()))?;
            }
            ComponentItem::Resource(_) => traps.resource(export, resource(export), |_, _| Ok(()))?,
            _ => {}
        }
    }
    Ok(())
}

/// What a resource of files and sockets is linked to. Those they borrow from `wasi:io` are the real ones,
/// or the component would see two types of one name.
fn resource(name: &str) -> ResourceType {
    match name {
        "input-stream" => ResourceType::host::<wasi::io::streams::InputStream>(),
        "output-stream" => ResourceType::host::<wasi::io::streams::OutputStream>(),
        "error" => ResourceType::host::<wasi::io::error::Error>(),
        "pollable" => ResourceType::host::<wasi::io::poll::Pollable>(),
        _ => ResourceType::host::<Ungranted>(),
    }
}
