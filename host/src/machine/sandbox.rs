//! One sandbox: a store with its limits, a component instantiated in it, and calls into it.

use super::Engine;
use super::capability::http::{Outgoing, Web};
use super::capability::platform::{Errand, Reach};
use super::capability::{bindings, print::Print};
use super::compile::Component;
use super::pool::Call;
use super::script::{Script, ScriptFault};
use crate::limits::{KIB, Limits};
use crate::log::{CallLog, Level, LogLine, LogSink, Mask, Printed};
use crate::memory::{Draft, Memory, Owner, Write};
use crate::outcome::Failure;
use crate::trace::TRACEPARENT;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use wasmtime::component::{Instance, ResourceTable};
use wasmtime::{ResourceLimiter, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;

/// Handles to host resources that a guest may hold.
const HANDLES_MAX: usize = 1_000;
/// Elements over all tables of a sandbox.
const TABLE_ELEMENTS_MAX: usize = 100_000;
/// Random bytes per request.
const RANDOM_BYTES_MAX: u64 = 64 << 10;
/// What a guest may hand over beside its answer in one host call: names, codes, lists.
const HANDOVER_SLACK_BYTES: usize = 64 * KIB;

/// Lines of a guest's last words.
const LAST_WORDS: usize = 4;

/// What sandboxes are made from.
pub(crate) struct Template {
    pub(crate) engine: Engine,
    pub(crate) component: Arc<Component>,
    /// What the component loads before it is called, where it is the engine of scripts.
    pub(crate) script: Option<Arc<Script>>,
    pub(crate) hook: Arc<str>,
    pub(crate) properties: Arc<BTreeMap<String, String>>,
    pub(crate) limits: Limits,
    pub(crate) log: LogSink,
    pub(crate) log_dry_runs: bool,
    /// Hides the secrets among the properties in whatever the guest says.
    pub(crate) mask: Mask,
    /// Where its state is, if it is granted any.
    pub(crate) memory: Option<Arc<dyn Memory>>,
    /// What it may call of the platform, where its operator grants it anything.
    pub(crate) platform: Option<Arc<Reach>>,
    /// What it may request of the web, where its operator grants it anything.
    pub(crate) web: Option<Arc<Web>>,
}

/// What the host keeps for one sandbox.
pub(super) struct State {
    wasi: WasiCtx,
    pub(super) http: WasiHttpCtx,
    /// The requests of the call.
    pub(super) outgoing: Outgoing,
    pub(super) table: ResourceTable,
    pub(super) properties: Arc<BTreeMap<String, String>>,
    pub(super) log: SharedLog,
    /// The call's view of the hook's state, if it is granted any.
    pub(super) draft: Option<Draft>,
    /// The call's way to the platform, where it has one.
    pub(super) errand: Option<Errand>,
    memory: MemoryLimit,
    deadline: Instant,
}

#[cfg(feature = "cli")]
impl State {
    /// When the host stops waiting.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl State {
    /// Whether the sandbox was refused memory.
    pub(super) fn memory_refused(&self) -> bool {
        self.memory.refused
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// The log of a call, shared with the streams that the guest prints to.
#[derive(Clone)]
pub(super) struct SharedLog(Arc<Log>);

struct Log {
    /// Something may be in it. Most calls log nothing, and then this is all that is looked at.
    touched: AtomicBool,
    call: Mutex<CallLog>,
}

impl SharedLog {
    fn new(bytes_max: usize, mask: &Mask) -> Self {
        let call = Mutex::new(CallLog::new(bytes_max, mask));
        Self(Arc::new(Log { touched: AtomicBool::new(false), call }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, CallLog> {
        self.0.touched.store(true, Ordering::Relaxed);
        self.0.call.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines of a call that is over; the next may keep `bytes_max` bytes.
    fn end(&self, bytes_max: usize, mask: &Mask) -> Vec<(Level, String, String)> {
        if !self.0.touched.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let call = std::mem::replace(&mut *self.lock(), CallLog::new(bytes_max, mask));
        self.0.touched.store(false, Ordering::Relaxed);
        call.end()
    }
}

/// Bounds the sum of a sandbox's memories and remembers the peak.
struct MemoryLimit {
    bytes: usize,
    bytes_peak: usize,
    bytes_max: usize,
    elements: usize,
    refused: bool,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.bytes.saturating_add(desired.saturating_sub(current));
        if total > self.bytes_max {
            self.refused = true;
            return Ok(false);
        }
        self.bytes = total;
        self.bytes_peak = self.bytes_peak.max(total);
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.elements.saturating_add(desired.saturating_sub(current));
        if total > TABLE_ELEMENTS_MAX {
            self.refused = true;
            return Ok(false);
        }
        self.elements = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }
}

/// What a call used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) fuel: u64,
    pub(crate) memory_bytes: u64,
}

/// An instantiated component.
pub(super) struct Sandbox {
    pub(super) store: Store<State>,
    pub(super) hook: bindings::Hook,
    instance: Instance,
    pub(super) calls: u32,
    pub(super) born: Instant,
}

impl Template {
    /// Without anything that a hook may be given.
    pub(super) fn bare(engine: Engine, component: Arc<Component>, limits: Limits) -> Self {
        Self {
            engine,
            component,
            script: None,
            hook: "bare".into(),
            properties: Arc::default(),
            limits,
            log: Arc::new(|_| ()),
            log_dry_runs: false,
            mask: Mask::default(),
            memory: None,
            platform: None,
            web: None,
        }
    }

    /// What it runs: twelve hex digits.
    pub(super) fn version(&self) -> &Arc<str> {
        self.script.as_ref().map_or(&self.component.version, |script| &script.version)
    }

    /// Makes a sandbox; what the component does while it starts is under the same limits.
    pub(super) async fn make(&self, deadline: Instant) -> Result<Sandbox, (wasmtime::Error, bool)> {
        let mut store = self.store(deadline);
        match self.start(&mut store).await {
            Ok((instance, hook)) => Ok(Sandbox { store, hook, instance, calls: 0, born: Instant::now() }),
            Err(error) => Err((error, store.data().memory.refused)),
        }
    }

    async fn start(&self, store: &mut Store<State>) -> wasmtime::Result<(Instance, bindings::Hook)> {
        let instance = self.component.instance(store).await?;
        let hook = self.component.hook(&instance, store)?;
        if let (Some(engine), Some(script)) = (&self.component.script, &self.script) {
            engine.load(script, &instance, store).await?;
        }
        Ok((instance, hook))
    }

    pub(super) fn store(&self, deadline: Instant) -> Store<State> {
        let log = SharedLog::new(self.limits.log_bytes, &self.mask);
        let wasi = WasiCtx::builder()
            .stdout(Print(log.clone(), Printed::Stdout))
            .stderr(Print(log.clone(), Printed::Stderr))
            .max_random_size(RANDOM_BYTES_MAX)
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        let memory = MemoryLimit {
            bytes: 0,
            bytes_peak: 0,
            bytes_max: self.limits.memory_bytes,
            elements: 0,
            refused: false,
        };
        let state = State {
            wasi,
            http: WasiHttpCtx::new(),
            outgoing: Outgoing::none(log.clone(), deadline),
            table,
            properties: Arc::clone(&self.properties),
            log,
            draft: None,
            errand: None,
            memory,
            deadline,
        };
        let mut store = Store::new(self.engine.wasmtime(), state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(2 * self.limits.output_bytes + self.limits.log_bytes + HANDOVER_SLACK_BYTES);
        store.set_max_component_handles(HANDLES_MAX);
        store.epoch_deadline_callback(|store| {
            let late = Instant::now() >= store.data().deadline;
            Ok(if late { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });
        self.rearm(&mut store, deadline);
        store
    }

    pub(super) fn rearm(&self, store: &mut Store<State>, deadline: Instant) {
        let state = store.data_mut();
        state.deadline = deadline;
        state.memory.refused = false;
        store.set_epoch_deadline(1);
        store.set_fuel(self.limits.fuel).expect("the engine meters fuel");
    }

    /// Hands the lines of a call to the operator's log, those of a dry one only if that is wanted; returns the last few
    /// that went to standard error, where a panic says why.
    pub(super) fn flush(&self, sandbox: &Sandbox, event: &str, dry: bool) -> Option<String> {
        let lines = sandbox.store.data().log.end(self.limits.log_bytes, &self.mask);
        if lines.is_empty() {
            return None;
        }
        let mut words = Vec::new();
        let event: Arc<str> = event.into();
        for (level, context, message) in lines {
            if context == "stderr" && level == Level::Info && !is_noise(&message) {
                words.push(message.clone());
            }
            let (hook, event) = (Arc::clone(&self.hook), Arc::clone(&event));
            if !dry || self.log_dry_runs {
                (self.log)(LogLine { hook, event, level, context, message });
            }
        }
        let last = words.split_off(words.len().saturating_sub(LAST_WORDS));
        (!last.is_empty()).then(|| last.join(" "))
    }

    /// Gives the next call its view of the hook's state.
    pub(super) fn open_state(&self, sandbox: &mut Sandbox, tenant: Option<&str>) {
        let draft = |memory: &Arc<dyn Memory>| Draft::new(Arc::clone(memory), Owner::new(&self.hook, tenant));
        sandbox.store.data_mut().draft = self.memory.as_ref().map(draft);
    }

    /// Gives the next call its ways out: to the platform and to the web.
    pub(super) fn open_ways(&self, sandbox: &mut Sandbox, call: &Call<'_>) {
        let state = sandbox.store.data_mut();
        state.errand = self.platform.as_ref().map(|reach| Errand::of(reach, call));
        if let Some(web) = &self.web {
            let traceparent = call.event.attributes.get(TRACEPARENT).map(String::as_str);
            state.outgoing.begin(Arc::clone(web), traceparent, call.deadline, call.dry);
        }
    }

    /// Calls the hook; an error has left the sandbox unfit for another call.
    pub(super) async fn call(
        &self,
        sandbox: &mut Sandbox,
        event: bindings::exports::tenterhook::hook::handler::Event<'_>,
        deadline: Instant,
    ) -> wasmtime::Result<Result<bindings::exports::tenterhook::hook::handler::Verdict, String>> {
        self.rearm(&mut sandbox.store, deadline);
        sandbox.calls += 1;
        let handler = sandbox.hook.tenterhook_hook_handler();
        let answer = handler.call_handle(&mut sandbox.store, event).await?;
        match (answer, &self.component.script, &self.script) {
            (Err(message), Some(engine), Some(_)) => {
                let failure = engine.why(&sandbox.instance, &mut sandbox.store).await?;
                // The language makes an error of its own of memory that there is none of.
                let hoarded = failure == Failure::Error && sandbox.memory_refused();
                let failure = if hoarded { Failure::Memory } else { failure };
                Err(ScriptFault { failure, message, line: 0, column: 0 }.into())
            }
            (answer, ..) => Ok(answer),
        }
    }
}

impl Sandbox {
    /// What the last call wrote to its hook's state.
    pub(super) fn close_state(&mut self) -> Vec<Write> {
        self.store.data_mut().draft.take().map(Draft::take).unwrap_or_default()
    }

    /// What the last call used of `fuel_max` fuel.
    pub(super) fn usage(&self, fuel_max: u64) -> Usage {
        let left = self.store.get_fuel().unwrap_or(fuel_max);
        let memory_bytes = self.store.data().memory.bytes_peak as u64;
        Usage { fuel: fuel_max.saturating_sub(left), memory_bytes }
    }

    /// Whether it was refused memory.
    pub(super) fn memory_refused(&self) -> bool {
        self.store.data().memory_refused()
    }
}

/// Whether a line of a panic says nothing about this one: Rust's hint at a variable that no guest has.
fn is_noise(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with("note: run with `RUST_BACKTRACE")
}
