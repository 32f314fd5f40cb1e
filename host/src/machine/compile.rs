//! From bytes to a component that can be instantiated: narrowed, compiled, linked, type-checked.

use super::Engine;
use super::annex::Annex;
use super::artifact::Cache;
use super::capability::{self, bindings};
use super::child;
use super::engine::Tier;
use super::lines::Lines;
use super::load_error::LoadError;
use super::sandbox::State;
use super::script::ScriptIndices;
#[cfg(feature = "javascript")]
use super::snapshot;
use super::structure;
use crate::process::Program;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use wasmparser::{Validator, WasmFeatures};
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

/// What a file may use: what the guest languages need, and no more.
const FEATURES: WasmFeatures = WasmFeatures::LIME1
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::COMPONENT_MODEL);

/// A compiled component, ready to be instantiated.
pub(crate) struct Component {
    pre: InstancePre<State>,
    indices: bindings::HookIndices,
    pub(super) script: Option<ScriptIndices>,
    /// The first 12 hex digits of its SHA-256.
    pub(crate) version: Arc<str>,
    /// Imports that are linked to traps.
    pub(crate) ungranted: Vec<String>,
    annex: Annex,
}

/// Makes components out of files that nobody vouches for.
pub(crate) struct Compiler {
    pub(crate) engine: Engine,
    /// Where compiled components are kept; without it every one is compiled anew.
    pub(crate) cache: Option<Cache>,
    /// Who compiles; without it the host does so itself, and a file made to be slow holds it up.
    pub(crate) child: Option<Program>,
    /// The engine of scripts, once it was needed.
    pub(super) javascript: Mutex<Option<Arc<Component>>>,
}

/// The SHA-256 of a file in lower-case hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Compiler {
    /// A compiler that has compiled nothing yet.
    pub(crate) fn new(engine: Engine, cache: Option<Cache>, child: Option<Program>) -> Self {
        Self { engine, cache, child, javascript: Mutex::default() }
    }

    /// The component of exactly these bytes, whose digest is `digest`.
    pub(crate) fn component(&self, bytes: &[u8], digest: &str) -> Result<Component, LoadError> {
        self.kept(digest, || match &self.child {
            Some(child) => child::compile(child, bytes),
            None => precompile(&self.engine, Tier::Optimised, bytes),
        })
    }

    /// One of our own components, as it is once it has made itself ready.
    #[cfg(feature = "javascript")]
    pub(super) fn ready_component(&self, bytes: &[u8]) -> Result<Component, LoadError> {
        self.kept(&digest(&[b"ready ", bytes].concat()), || match &self.child {
            Some(child) => child::make_ready(child, bytes),
            None => snapshot::precompile(bytes),
        })
    }

    /// What was compiled before, or else is now and then kept.
    fn kept(
        &self,
        digest: &str,
        compile: impl FnOnce() -> Result<Vec<u8>, LoadError>,
    ) -> Result<Component, LoadError> {
        let version = &digest[..12];
        if let Some(artifact) = self.cache.as_ref().and_then(|cache| cache.get(digest))
            && let Ok(component) = link(&self.engine, &artifact, version)
        {
            return Ok(component);
        }
        let artifact = compile()?;
        let component = link(&self.engine, &artifact, version)?;
        if let Some(Err(error)) = self.cache.as_ref().map(|cache| cache.put(digest, &artifact)) {
            tracing::warn!(%error, "a compiled component cannot be kept");
        }
        Ok(component)
    }
}

/// Whether bytes are valid and within the structural limits.
pub(crate) fn inspect(bytes: &[u8]) -> Result<(), LoadError> {
    let invalid = |error: wasmparser::BinaryReaderError| LoadError::Invalid(error.to_string());
    Validator::new_with_features(FEATURES).validate_all(bytes).map_err(invalid)?;
    structure::check(bytes).map_err(LoadError::Structure)
}

/// Compiles what passes inspection, with an engine of this tier.
pub(super) fn precompile(engine: &Engine, tier: Tier, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    inspect(bytes)?;
    let artifact = engine.wasmtime().precompile_component(bytes);
    let mut artifact = artifact.map_err(|error| LoadError::Invalid(format!("{error:#}")))?;
    Annex { tier, lines: Lines::read(bytes) }.append(&mut artifact);
    Ok(artifact)
}

/// Makes a component out of an artifact that this program compiled.
pub(super) fn link(engine: &Engine, artifact: &[u8], version: &str) -> Result<Component, LoadError> {
    let engine = engine.wasmtime();
    let (code, annex) = Annex::split(artifact);
    #[allow(unsafe_code, reason = "an artifact comes from our own compiler or carries the tag of our cache")]
    // SAFETY: `artifact` is what `precompile` returned, here or in a child of this program, or what `Cache`
    // found authenticated by a key that only this user can read.
    let component = unsafe { wasmtime::component::Component::deserialize(engine, code) };
    let component = component.map_err(|error| LoadError::Resources(format!("{error:#}")))?;
    check_exports(engine, &component)?;
    let mut linker = capability::linker(engine).map_err(contract)?;
    let ungranted = capability::trap_ungranted(engine, &mut linker, &component)?;
    let pre = linker.instantiate_pre(&component).map_err(contract)?;
    let indices = bindings::HookIndices::new(&pre).map_err(contract)?;
    let script = ScriptIndices::of(&component);
    Ok(Component { pre, indices, script, version: version.into(), ungranted, annex })
}

impl Component {
    /// How much pains its compilation took, in a word.
    #[cfg(feature = "cli")]
    pub(crate) fn tier(&self) -> &'static str {
        self.annex.tier.name()
    }

    /// The lines of its source, as far as it knows them.
    pub(super) fn lines(&self) -> &Lines {
        &self.annex.lines
    }

    /// Instantiates it.
    pub(super) async fn instance(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        self.pre.instantiate_async(store).await
    }

    /// Where an instance's handler is.
    pub(super) fn hook(
        &self,
        instance: &Instance,
        store: &mut Store<State>,
    ) -> wasmtime::Result<bindings::Hook> {
        self.indices.load(store, instance)
    }
}

fn contract(error: wasmtime::Error) -> LoadError {
    LoadError::Contract(format!("{error:#}"))
}

/// The one interface a hook exports, and the version of the contract it is served in.
pub(super) const HANDLER: &str = "tenterhook:hook/handler";
pub(crate) const CONTRACT: &str = "0.1";

fn check_exports(
    engine: &wasmtime::Engine,
    component: &wasmtime::component::Component,
) -> Result<(), LoadError> {
    let exports = component.component_type();
    let names: Vec<&str> = exports.exports(engine).map(|(name, _)| name).collect();
    let version = names.iter().find_map(|name| name.strip_prefix(HANDLER));
    match version.map(|rest| rest.trim_start_matches('@')) {
        Some(version) if version == CONTRACT || version.starts_with(&format!("{CONTRACT}.")) => Ok(()),
        Some(version) => Err(LoadError::Contract(format!(
            "it is made for {HANDLER}@{version}, this host serves {CONTRACT}"
        ))),
        None => {
            let found = if names.is_empty() { "nothing".into() } else { names.join(", ") };
            Err(LoadError::Contract(format!("it exports {found}, and no {HANDLER}")))
        }
    }
}
