//! A script in JavaScript, and the engine that runs it: a component that loads the script while its sandbox is prepared.

use super::compile::{Compiler, Component};
use super::load_error::LoadError;
use super::sandbox::{State, Template};
use super::verdict;
use crate::limits::Limits;
use crate::log::Mask;
use crate::outcome::Failure;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, ComponentType, Instance, Lift, TypedFunc};

/// The engine as it was built.
#[cfg(feature = "javascript")]
static ENGINE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/javascript.wasm"));

/// How long a script's top level may take when it is looked at.
const TRIAL: Duration = Duration::from_secs(1);

/// The interface that the engine exports beside the handler.
const INTERFACE: &str = "tenterhook:javascript/script@0.1.0";

/// A script, ready to be loaded into a sandbox.
pub(crate) struct Script {
    /// Its file, as its own errors name it.
    pub(crate) name: String,
    pub(crate) source: String,
    /// Its properties as a JSON object.
    pub(crate) config: String,
    /// Twelve hex digits of its digest.
    pub(crate) version: Arc<str>,
}

/// What is wrong with a script, and where; 0 where nobody knows.
#[derive(Debug)]
pub(crate) struct ScriptFault {
    pub(crate) failure: Failure,
    pub(crate) message: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl fmt::Display for ScriptFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match (self.line, self.column) {
            (0, _) => Ok(()),
            (line, column) => write!(f, " (line {line}, column {column})"),
        }
    }
}

impl std::error::Error for ScriptFault {}

#[derive(ComponentType, Lift)]
#[component(record)]
struct Fault {
    message: String,
    line: u32,
    column: u32,
}

#[allow(dead_code, reason = "the engine makes them")]
#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
enum Why {
    #[component(name = "error")]
    Error,
    #[component(name = "invalid")]
    Invalid,
    #[component(name = "stack")]
    Stack,
}

impl From<Why> for Failure {
    fn from(why: Why) -> Self {
        match why {
            Why::Error => Self::Error,
            Why::Invalid => Self::Invalid,
            Why::Stack => Self::Stack,
        }
    }
}

type Load<'a> = TypedFunc<(&'a str, &'a str, &'a str), (Result<(), Fault>,)>;

/// Where the engine's own functions are in a component.
pub(super) struct ScriptIndices {
    load: ComponentExportIndex,
    why: ComponentExportIndex,
}

impl ScriptIndices {
    /// Of the engine; none of any other component.
    pub(super) fn of(component: &wasmtime::component::Component) -> Option<Self> {
        let (_, interface) = component.get_export(None, INTERFACE)?;
        let index = |name| component.get_export(Some(&interface), name).map(|(_, index)| index);
        Some(Self { load: index("load")?, why: index("why")? })
    }

    /// Loads a script into a sandbox. An error is a trap, or a [`ScriptFault`].
    pub(super) async fn load(
        &self,
        script: &Script,
        instance: &Instance,
        store: &mut Store<State>,
    ) -> wasmtime::Result<()> {
        let load: Load<'_> = instance.get_typed_func(&mut *store, self.load)?;
        let (loaded,) = load.call_async(&mut *store, (&script.name, &script.source, &script.config)).await?;
        let Err(Fault { message, line, column }) = loaded else { return Ok(()) };
        let failure = match self.why(instance, store).await? {
            Failure::Error if store.data().memory_refused() => Failure::Memory,
            failure => failure,
        };
        Err(ScriptFault { failure, message, line: line as usize, column: column as usize }.into())
    }

    /// Why the last call failed.
    pub(super) async fn why(
        &self,
        instance: &Instance,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Failure> {
        let why: TypedFunc<(), (Why,)> = instance.get_typed_func(&mut *store, self.why)?;
        Ok(why.call_async(&mut *store, ()).await?.0.into())
    }
}

/// Waits for a future on a thread of its own, which may be done wherever blocking may.
pub(super) fn block_on<F>(future: F) -> std::io::Result<F::Output>
where
    F: Future + Send,
    F::Output: Send,
{
    // Where it is dropped counts as well as where it is waited for.
    let work = || Ok(tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(future));
    std::thread::scope(|scope| match scope.spawn(work).join() {
        Ok(output) => output,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

impl Compiler {
    /// The engine, compiled when it is first needed.
    #[cfg(feature = "javascript")]
    pub(crate) fn javascript(&self) -> Result<Arc<Component>, LoadError> {
        let mut engine = self.javascript.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(engine) = &*engine {
            return Ok(Arc::clone(engine));
        }
        let component = Arc::new(self.ready_component(ENGINE)?);
        *engine = Some(Arc::clone(&component));
        Ok(component)
    }

    /// There is none.
    #[cfg(not(feature = "javascript"))]
    pub(crate) fn javascript(&self) -> Result<Arc<Component>, LoadError> {
        Err(LoadError::Host("this program was built without the feature \"javascript\"".into()))
    }
}

/// Runs a script's top level in a sandbox that is thrown away, to see whether it loads. Blocks.
pub(crate) fn try_script(
    compiler: &Compiler,
    engine: &Arc<Component>,
    script: &Arc<Script>,
    limits: &Limits,
) -> Result<(), ScriptFault> {
    let template = Template {
        properties: Arc::new(BTreeMap::new()),
        script: Some(Arc::clone(script)),
        ..Template::bare(compiler.engine.clone(), Arc::clone(engine), limits.clone())
    };
    let unplaced = |failure, message| ScriptFault { failure, message, line: 0, column: 0 };
    let deadline = Instant::now() + TRIAL;
    let made = block_on(async {
        tokio::time::timeout_at(deadline.into(), template.make(deadline)).await.map(|made| made.map(drop))
    });
    match made.map_err(|error| unplaced(Failure::Trap, error.to_string()))? {
        Ok(Ok(())) => Ok(()),
        Ok(Err((error, memory_refused))) => Err(match error.downcast::<ScriptFault>() {
            Ok(fault) => fault,
            Err(error) => {
                let lines = engine.lines();
                let (failure, message) =
                    verdict::failure(&error, memory_refused, None, &Mask::default(), lines);
                unplaced(failure, message)
            }
        }),
        Err(_) => Err(unplaced(Failure::Deadline, "its top level still runs after a second".into())),
    }
}
