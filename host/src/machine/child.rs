//! Compiles in a process of its own, because a thread that compiles a bomb cannot be stopped.
//!
//! The child is told the tier, reads the component from standard input, bounds itself, compiles, instantiates
//! once, and prints the artifact; or exits with [`REFUSED`] and prints why.

use super::artifact::ARTIFACT_BYTES_MAX;
use super::compile;
use super::engine::{Engine, Tier};
use super::lines::Lines;
use super::load_error::LoadError;
use super::sandbox::Template;
use crate::limits::{HostLimits, Limits, MIB};
use crate::log::Mask;
use crate::outcome::Failure;
use crate::process::{Cut, Ended, Program};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// CPU time of any compilation, and what each mebibyte of the component adds: honest code takes time as it has bytes
/// (Python and its library, 18 MiB, need 10 to 25 s), and what is made to be slow is small. A compiler with debug assertions
/// takes longer for the same.
const CPU_SECONDS_BASE: u64 = if cfg!(debug_assertions) { 15 } else { 10 };
const CPU_SECONDS_PER_MIB: u64 = 2;
const ADDRESS_SPACE_MAX: u64 = 2 << 30;
/// How many times as long a component of our own may take: it is compiled twice and run, and known to be honest.
#[cfg(feature = "javascript")]
const CPU_OWN: u64 = 6;
/// Wall-clock time for each second of CPU time; even on a busy machine CPU time is the tighter bound.
const WALL_PER_CPU: u64 = 6;
const TRIAL: Duration = Duration::from_secs(1);
const REFUSED: u8 = 3;
/// What the child is told in place of a tier: to run a component of our own until it is ready.
#[cfg(feature = "javascript")]
const READY: &str = "ready";

/// Has a child compile: optimised, and if that takes too much, once more in a single pass.
pub(super) fn compile(program: &Program, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    match attempt(program, Tier::Optimised.name(), bytes) {
        Err(error) if error.is_exhausted() => attempt(program, Tier::SinglePass.name(), bytes),
        outcome => outcome,
    }
}

/// Has a child run one of our own components until it is ready, and compile it as it is then.
#[cfg(feature = "javascript")]
pub(super) fn make_ready(program: &Program, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    attempt(program, READY, bytes)
}

fn attempt(program: &Program, argument: &str, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    let time = Duration::from_secs(WALL_PER_CPU * cpu_seconds_max(argument, bytes));
    match program.run(argument, bytes, time, ARTIFACT_BYTES_MAX) {
        Ok(ended) => outcome(ended),
        Err(Cut::Time) => Err(LoadError::CompileTime),
        Err(Cut::Output) => Err(LoadError::ArtifactSize),
        Err(Cut::Io(error)) => Err(LoadError::Host(format!("the compiler cannot be started: {error}"))),
    }
}

fn outcome(ended: Ended) -> Result<Vec<u8>, LoadError> {
    use std::os::unix::process::ExitStatusExt;
    let signal = |name: rustix::process::Signal| ended.status.signal() == Some(name.as_raw());
    match ended.status.code() {
        Some(0) => Ok(ended.stdout),
        Some(code) if code == i32::from(REFUSED) => Err(LoadError::from_json(&ended.stdout)),
        // The limit on CPU time sends XCPU, and KILL where that is passed over.
        None if signal(rustix::process::Signal::XCPU) || signal(rustix::process::Signal::KILL) => {
            Err(LoadError::CompileTime)
        }
        // An allocation that fails aborts.
        None if signal(rustix::process::Signal::ABORT) => Err(LoadError::CompileMemory),
        _ => Err(LoadError::Crash(format!("{}: {}", ended.status, complaint(&ended.stderr)))),
    }
}

/// What a panic says, else the last that was said.
fn complaint(stderr: &str) -> &str {
    let mut lines = stderr.lines().filter(|line| !line.is_empty());
    let panic = lines.clone().skip_while(|line| !line.contains("panicked at")).nth(1);
    panic.or_else(|| lines.next_back()).unwrap_or("no word")
}

fn cpu_seconds_max(argument: &str, component: &[u8]) -> u64 {
    let seconds = CPU_SECONDS_BASE + CPU_SECONDS_PER_MIB * (component.len() / MIB) as u64;
    match argument {
        #[cfg(feature = "javascript")]
        READY => CPU_OWN * seconds,
        _ => seconds,
    }
}

/// The child's side: compiles what standard input holds, in the tier that `argument` names, or makes it ready.
pub(crate) fn main(argument: &str) -> ExitCode {
    match child(argument) {
        Ok(artifact) => match io::stdout().write_all(&artifact) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error) => {
            let _ = io::stdout().write_all(error.to_json().as_bytes());
            ExitCode::from(REFUSED)
        }
    }
}

fn child(argument: &str) -> Result<Vec<u8>, LoadError> {
    #[cfg(feature = "javascript")]
    if argument == READY {
        return ready();
    }
    let tier = Tier::named(argument).ok_or_else(|| LoadError::Host(format!("no tier {argument:?}")))?;
    let host = |error: &dyn std::fmt::Display| LoadError::Host(error.to_string());
    limit(Resource::As, ADDRESS_SPACE_MAX).map_err(|error| host(&error))?;
    let bytes = input(argument).map_err(|error| host(&error))?;
    let limits = HostLimits::default();
    let engine = Engine::compiling(tier).map_err(|error| host(&error))?;
    let artifact = compile::precompile(&engine, tier, &bytes)?;
    if artifact.len() as u64 > ARTIFACT_BYTES_MAX {
        return Err(LoadError::ArtifactSize);
    }
    // A sandbox reserves more address space than a compilation may use; its memory is bounded in itself.
    setrlimit(Resource::As, Rlimit { current: None, maximum: None }).map_err(|error| host(&error))?;
    trial(&engine, &artifact, &limits)?;
    Ok(artifact)
}

/// A component of our own, which is no stranger's: only its time is bounded.
#[cfg(feature = "javascript")]
fn ready() -> Result<Vec<u8>, LoadError> {
    let bytes = input(READY).map_err(|error| LoadError::Host(error.to_string()))?;
    super::snapshot::precompile(&bytes)
}

/// What is to be compiled, and no more time than it may take.
fn input(argument: &str) -> io::Result<Vec<u8>> {
    limit(Resource::Core, 0)?;
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    limit(Resource::Cpu, cpu_seconds_max(argument, &bytes))?;
    Ok(bytes)
}

fn limit(resource: Resource, value: u64) -> rustix::io::Result<()> {
    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(value, |maximum| maximum.min(value)));
    setrlimit(resource, Rlimit { current, maximum })
}

/// Instantiates once under the widest limits that a hook may have: what does not start here starts nowhere.
fn trial(engine: &Engine, artifact: &[u8], limits: &HostLimits) -> Result<(), LoadError> {
    let component = compile::link(engine, artifact, "trial")?;
    let limits = Limits { memory_bytes: limits.memory_ceiling_bytes, ..Limits::default() };
    let template = Template::bare(engine.clone(), Arc::new(component), limits);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| LoadError::Host(error.to_string()))?;
    let deadline = Instant::now() + TRIAL;
    let made =
        runtime.block_on(async { tokio::time::timeout_at(deadline.into(), template.make(deadline)).await });
    match made {
        Ok(Ok(_)) => Ok(()),
        Ok(Err((error, memory_refused))) => Err(refusal(&error, memory_refused)),
        Err(_) => Err(LoadError::Start("deadline: still starting after a second".into())),
    }
}

/// What is wrong with a component that cannot be instantiated.
fn refusal(error: &wasmtime::Error, memory_refused: bool) -> LoadError {
    // Nothing of the guest has run if this is no trap and no exit: the types do not fit.
    let has_run = error.is::<wasmtime::Trap>() || error.is::<wasmtime_wasi::I32Exit>();
    match super::verdict::failure(error, memory_refused, None, &Mask::default(), &Lines::default()) {
        (Failure::Memory, message) => LoadError::Resources(message),
        (Failure::Trap, _) if !has_run => LoadError::Contract(format!("{error:#}")),
        (failure, message) => LoadError::Start(format!("{failure}: {message}")),
    }
}
