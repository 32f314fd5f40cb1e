//! From bytes to a component that can be instantiated: narrowed, compiled, linked, type-checked.

use super::Engine;
use super::capability::{self, bindings};
use super::sandbox::State;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use wasmparser::{Validator, WasmFeatures};
use wasmtime::Store;

/// What a file may use: what the guest languages need, and no more.
const FEATURES: WasmFeatures = WasmFeatures::LIME1
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::COMPONENT_MODEL);

/// A compiled component, ready to be instantiated.
pub(crate) struct Component {
    pre: bindings::HookPre<State>,
    /// The first 12 hex digits of its SHA-256.
    pub(crate) version: Arc<str>,
    /// Imports that are linked to traps.
    pub(crate) ungranted: Vec<String>,
}

/// Why a file is no component that runs here.
#[derive(Debug)]
pub(crate) enum CompileError {
    /// Not wasm, or wasm beyond what is allowed.
    Invalid(String),
    /// It wants something that no hook gets.
    Import(String),
    /// It wants another draft of an interface than the one there is.
    Draft {
        /// What it wants.
        name: String,
        /// What there is.
        offered: String,
    },
    /// It is a component for something else.
    World(String),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => write!(f, "no component that can be loaded: {reason}"),
            Self::Import(name) => write!(f, "imports {name:?}, which no hook gets"),
            Self::Draft { name, offered } => {
                write!(f, "imports {name:?}, this host has {offered:?}")
            }
            Self::World(reason) => write!(f, "no hook for this host: {reason}"),
        }
    }
}

impl std::error::Error for CompileError {}

/// The SHA-256 of a file in lower-case hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Component {
    /// Compiles exactly these bytes.
    pub(crate) fn compile(engine: &Engine, bytes: &[u8]) -> Result<Self, CompileError> {
        Validator::new_with_features(FEATURES)
            .validate_all(bytes)
            .map_err(|error| CompileError::Invalid(error.to_string()))?;
        let engine = engine.wasmtime();
        let component = wasmtime::component::Component::from_binary(engine, bytes)
            .map_err(|error| CompileError::Invalid(format!("{error:#}")))?;
        check_exports(engine, &component)?;
        let mut linker = capability::linker(engine).map_err(world)?;
        let ungranted = capability::trap_ungranted(engine, &mut linker, &component)?;
        let pre = linker.instantiate_pre(&component).map_err(world)?;
        let pre = bindings::HookPre::new(pre).map_err(world)?;
        Ok(Self { pre, version: digest(bytes)[..12].into(), ungranted })
    }

    pub(super) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<bindings::Hook> {
        self.pre.instantiate_async(store).await
    }
}

fn world(error: wasmtime::Error) -> CompileError {
    CompileError::World(format!("{error:#}"))
}

/// The one interface a hook exports, and the version of the contract it is served in.
const HANDLER: &str = "tenterhook:hook/handler";
const CONTRACT: &str = "0.1";

fn check_exports(
    engine: &wasmtime::Engine,
    component: &wasmtime::component::Component,
) -> Result<(), CompileError> {
    let exports = component.component_type();
    let handler = exports.exports(engine).map(|(name, _)| name).find_map(|name| name.strip_prefix(HANDLER));
    match handler.map(|rest| rest.trim_start_matches('@')) {
        None => {
            let names: Vec<&str> = exports.exports(engine).map(|(name, _)| name).collect();
            let found = if names.is_empty() { "nothing".into() } else { names.join(", ") };
            Err(CompileError::World(format!("it exports {found}, and no {HANDLER}")))
        }
        Some(version) if version == CONTRACT || version.starts_with(&format!("{CONTRACT}.")) => Ok(()),
        Some(version) => Err(CompileError::World(format!(
            "it is made for {HANDLER}@{version}, this host serves {CONTRACT}"
        ))),
    }
}
