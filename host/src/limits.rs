//! Every number that bounds a hook or the host, with its default.
//!
//! A hook's limits are its operator's to set; the host's are the embedder's.

use std::time::Duration;

/// Bytes in a kibibyte.
pub const KIB: usize = 1024;
/// Bytes in a mebibyte.
pub const MIB: usize = 1024 * KIB;

/// What one call of one hook may use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Fuel: about one unit per wasm instruction and per byte of a bulk operation.
    pub fuel: u64,
    /// Bytes over all linear memories of the sandbox.
    pub memory_bytes: usize,
    /// Wall-clock time; where the operator set none, it depends on the event's mode.
    pub deadline: Option<Duration>,
    /// Bytes of an answer, and of any value handed to the host.
    pub output_bytes: usize,
    /// Bytes of log kept per call; the rest is dropped and counted.
    pub log_bytes: usize,
}

impl Limits {
    /// Wall-clock time of a call on an asked event, where none was set.
    pub const ASK_DEADLINE: Duration = Duration::from_millis(50);
    /// Wall-clock time of a call on a told event, where none was set.
    pub const TELL_DEADLINE: Duration = Duration::from_secs(1);
    /// The same on an asked event, for what runs outside of a sandbox: targets and programs.
    pub const OUTSIDE_ASK_DEADLINE: Duration = Duration::from_millis(200);
    /// The same on a told event.
    pub const OUTSIDE_TELL_DEADLINE: Duration = Duration::from_secs(10);
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 100_000_000,
            memory_bytes: 16 * MIB,
            deadline: None,
            output_bytes: 64 * KIB,
            log_bytes: 16 * KIB,
        }
    }
}

/// What the host as a whole allows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostLimits {
    /// Time for all hooks of one asked event together.
    pub budget: Duration,
    /// How long an asked event waits for its first sandbox before it is refused as busy.
    pub busy_wait: Duration,
    /// Bytes of an event's data.
    pub data_bytes: usize,
    /// Bytes of a component file.
    pub component_bytes: usize,
    /// The most memory that any hook's limit may name, in bytes.
    pub memory_ceiling_bytes: usize,
    /// Events that run hooks at the same time.
    pub concurrency: usize,
    /// Sandboxes kept ready per hook.
    pub prepared_per_hook: usize,
    /// Sandboxes kept ready over all hooks.
    pub prepared: usize,
    /// Calls after which a warm sandbox is thrown away.
    pub warm_calls: u32,
    /// Age at which a warm sandbox is thrown away.
    pub warm_age: Duration,
}

impl Default for HostLimits {
    fn default() -> Self {
        Self {
            budget: Duration::from_millis(250),
            busy_wait: Duration::from_millis(50),
            data_bytes: 256 * KIB,
            component_bytes: 32 * MIB,
            memory_ceiling_bytes: 128 * MIB,
            concurrency: 256,
            prepared_per_hook: 4,
            prepared: 128,
            warm_calls: 1000,
            warm_age: Duration::from_secs(60),
        }
    }
}
