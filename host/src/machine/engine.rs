//! The one wasmtime engine of a host, its settings, and the clock that ticks its epochs.

use crate::limits::{HostLimits, KIB, MIB};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::time::Duration;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, RegallocAlgorithm};

/// How often a running guest is looked at.
const TICK: Duration = Duration::from_millis(1);
/// Sandboxes that are being made or wait to be thrown away while all others are in use.
const SPARE: usize = 2 * super::keeper::QUEUE;

/// Active functions that are looked at, the innermost: where a guest trapped, and where it spends its fuel.
const FRAMES_MAX: usize = 64;
/// Counts up when what is kept beside compiled code changes.
const LAYOUT: u32 = 1;

/// How much a compilation takes pains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// As fast as can be, once it is compiled.
    Optimised,
    /// Registers are allocated in a single pass: half as fast, and not slow to compile.
    SinglePass,
}

impl Tier {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Optimised => "optimised",
            Self::SinglePass => "single-pass",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Optimised, Self::SinglePass].into_iter().find(|tier| tier.name() == name)
    }
}

/// An engine with its ticking clock, which ends when the engine does.
#[derive(Clone)]
pub(crate) struct Engine(wasmtime::Engine);

impl Engine {
    /// Starts an engine with room for what the limits allow at once.
    pub(crate) fn start(limits: &HostLimits) -> wasmtime::Result<Self> {
        let mut config = config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling(limits)));
        Self::tick(wasmtime::Engine::new(&config)?)
    }

    /// Starts an engine that compiles and instantiates once. Its artifacts load in the other one.
    pub(super) fn compiling(tier: Tier) -> wasmtime::Result<Self> {
        let mut config = config();
        config.cranelift_regalloc_algorithm(match tier {
            Tier::Optimised => RegallocAlgorithm::Backtracking,
            Tier::SinglePass => RegallocAlgorithm::SinglePass,
        });
        Self::tick(wasmtime::Engine::new(&config)?)
    }

    /// What an artifact must have been made for to be loaded by this engine.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.0.precompile_compatibility_hash().hash(&mut hasher);
        LAYOUT.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    fn tick(engine: wasmtime::Engine) -> wasmtime::Result<Self> {
        let weak = engine.weak();
        std::thread::Builder::new().name("tenterhook-epoch".into()).spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })?;
        Ok(Self(engine))
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0
    }
}

fn config() -> Config {
    let mut config = Config::new();
    // Fuel makes the same event on the same hook always end the same way; epochs bound the time.
    config.consume_fuel(true).epoch_interruption(true);
    // What no guest language needs is off. Multi-memory stays on: components made of several
    // modules need it inside wasmtime, and the validator narrows what a file may use.
    config.wasm_memory64(false).wasm_tail_call(false).wasm_relaxed_simd(false);
    // Only a trap walks the stack, and costs more the deeper that is.
    config.wasm_backtrace_max_frames(NonZeroUsize::new(FRAMES_MAX));
    // Registering unwind tables is quadratic when many components come and go.
    config.native_unwind_info(false);
    config
}

fn pooling(limits: &HostLimits) -> PoolingAllocationConfig {
    let sandboxes = u32::try_from(limits.concurrency + limits.prepared + SPARE).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(sandboxes)
        .total_stacks(sandboxes)
        .total_core_instances(sandboxes.saturating_mul(64))
        .total_memories(sandboxes.saturating_mul(4))
        .total_tables(sandboxes.saturating_mul(8))
        .max_core_instances_per_component(128)
        .max_memories_per_component(8)
        .max_tables_per_component(32)
        .max_tables_per_module(8)
        .max_memory_size(limits.memory_ceiling_bytes)
        // Keeping touched pages and resetting them by hand is what makes a fresh sandbox cheap.
        .linear_memory_keep_resident(MIB)
        .table_keep_resident(64 * KIB)
        .pagemap_scan(Enabled::Auto);
    pool
}
