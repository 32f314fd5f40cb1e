//! Where a call spends its fuel: exact, and the same every time.
//!
//! Every function's entry and every turn of a loop looks at the epoch. Here each of these looks is taken as a chance to
//! see which functions are active. The fuel that was used since the look before is charged to those of that look: it
//! was spent from there on. So nothing is lost, and nothing depends on time.

use super::backtrace;
use super::sandbox::{Sandbox, State, Template};
use super::verdict::bindings;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use wasmtime::{AsContext, UpdateDeadline, WasmBacktrace};

/// Fuel by the functions that were active, the outermost first, with `;` between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Flame(pub(crate) BTreeMap<String, u64>);

impl Flame {
    /// The fuel that is accounted for.
    pub(crate) fn fuel(&self) -> u64 {
        self.0.values().sum()
    }

    /// Adds what another call spent.
    pub(crate) fn add(&mut self, other: Self) {
        for (stack, fuel) in other.0 {
            *self.0.entry(stack).or_default() += fuel;
        }
    }
}

/// A flame while it is burning.
struct Burning {
    flame: Flame,
    /// What was left at the last look, and what was active then.
    left: u64,
    active: String,
}

impl Burning {
    fn look(&mut self, left: u64, active: String) {
        let spent = self.left.saturating_sub(left);
        let before = std::mem::replace(&mut self.active, active);
        self.left = left;
        if spent > 0 {
            *self.flame.0.entry(before).or_default() += spent;
        }
    }
}

/// What the component runs before its first function is looked at.
const BEGINNING: &str = "(beginning)";

impl Template {
    /// Calls the hook as [`call`](Self::call) does, and sees where its fuel goes. The sandbox is good for nothing else.
    pub(super) async fn call_in_flames(
        &self,
        sandbox: &mut Sandbox,
        event: bindings::Event<'_>,
        deadline: Instant,
    ) -> (wasmtime::Result<Result<bindings::Verdict, String>>, Flame) {
        self.rearm(&mut sandbox.store, deadline);
        let (flame, left, active) = (Flame::default(), self.limits.fuel, BEGINNING.to_owned());
        let burning = Arc::new(Mutex::new(Burning { flame, left, active }));
        let looks = Arc::clone(&burning);
        sandbox.store.epoch_deadline_callback(move |store| {
            let late = Instant::now() >= store.data().deadline();
            lock(&looks).look(store.get_fuel()?, active_in(&store));
            Ok(if late { UpdateDeadline::Interrupt } else { UpdateDeadline::Continue(0) })
        });
        // It is over already: whoever looks sees that.
        sandbox.store.set_epoch_deadline(0);
        let answer = sandbox.hook.tenterhook_hook_handler().call_handle(&mut sandbox.store, event).await;
        let left = sandbox.store.get_fuel().unwrap_or_default();
        let mut burning = lock(&burning);
        burning.look(left, String::new());
        (answer, std::mem::take(&mut burning.flame))
    }
}

fn active_in(store: &impl AsContext<Data = State>) -> String {
    let trace = WasmBacktrace::capture(store);
    let name = |frame: &wasmtime::FrameInfo| {
        let unnamed = || {
            let module = frame.module().name().unwrap_or("wasm");
            format!("{module}[{}]", frame.func_index())
        };
        backtrace::name(frame).unwrap_or_else(unnamed).replace(';', ":")
    };
    let names: Vec<String> = trace.frames().iter().rev().map(name).collect();
    names.join(";")
}

fn lock(burning: &Mutex<Burning>) -> MutexGuard<'_, Burning> {
    burning.lock().unwrap_or_else(PoisonError::into_inner)
}
