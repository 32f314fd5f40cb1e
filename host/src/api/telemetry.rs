//! Logs and traces of the service: lines for people or programs, spans for a collector.
//!
//! Nothing here is waited for on an event's path: lines and spans go through queues of a certain size, and what does
//! not fit is dropped, counted and said.

mod guest;
mod otlp;
mod writer;

use crate::log::LogLine;
use crate::problem::{Place, Problem};
use crate::trace::Span;
use guest::Capped;
use otlp::Collector;
use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};
use writer::{Lines, Writing};

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// What is seen of a service, beside its metrics.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How log lines are written.
    pub format: Format,
    /// Which lines: a level, and others for certain targets, such as `info,tenterhook::hook=debug`.
    pub level: String,
    /// Whether people's lines are coloured.
    pub colour: bool,
    /// Where spans go: the base address of a collector that takes OTLP over HTTP. Without it none are made.
    pub otlp_endpoint: Option<String>,
    /// Log lines that a hook may write a second.
    pub hook_lines_per_second: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let level = "info".to_owned();
        Self { format: Format::Human, level, colour: false, otlp_endpoint: None, hook_lines_per_second: 100 }
    }
}

/// Logs and traces at work. Dropping it writes what is still to be written.
pub struct Telemetry {
    collector: Option<Arc<Collector>>,
    guests: Arc<Capped>,
    _writing: Writing,
}

impl Telemetry {
    /// Sets the process up to log to `out`, and to export spans. Once in a process.
    pub fn start(settings: &Settings, out: impl Write + Send + 'static) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let targets = targets(&settings.level, &mut problems);
        let collector = settings.otlp_endpoint.as_deref().map(Collector::start).transpose();
        let collector = collector.map_err(|problem| problems.push(problem));
        let (Ok(collector), []) = (collector, problems.as_slice()) else {
            return Err(problems);
        };
        let writing = Writing::start(out).map_err(|error| vec![cannot(&error.to_string())])?;
        let layer = layer(settings, writing.lines()).with_filter(targets);
        tracing::subscriber::set_global_default(Registry::default().with(layer))
            .map_err(|error| vec![cannot(&error.to_string())])?;
        let guests = Arc::new(Capped::new(settings.hook_lines_per_second));
        Ok(Self { collector: collector.map(Arc::new), guests, _writing: writing })
    }

    /// Takes the hooks' log lines, each hook's only so many a second.
    pub fn log(&self) -> impl Fn(LogLine) + Send + Sync + 'static {
        let guests = Arc::clone(&self.guests);
        move |line| guests.log(line)
    }

    /// Takes spans, where a collector is named.
    pub fn trace(&self) -> Option<impl Fn(Span) + Send + Sync + 'static> {
        let collector = self.collector.clone()?;
        Some(move |span| collector.take(span))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(collector) = &self.collector {
            collector.end();
        }
        self.guests.end();
    }
}

/// Which lines are written. A word alone is a level, never a target that is written whole.
fn targets(written: &str, problems: &mut Vec<Problem>) -> Targets {
    let mut targets = Targets::new();
    for directive in written.split(',').map(str::trim) {
        let (target, level) = match directive.split_once('=') {
            Some((target, level)) => (Some(target), level),
            None => (None, directive),
        };
        match (target, LevelFilter::from_str(level)) {
            (Some(target), Ok(level)) => targets = targets.with_target(target, level),
            (None, Ok(level)) => targets = targets.with_default(level),
            (_, Err(_)) => {
                let problem = Problem::error(Place::default(), format!("no log level {level:?}"));
                problems.push(problem.hint("such as info, or info,tenterhook::hook=debug"));
            }
        }
    }
    targets
}

fn layer(settings: &Settings, lines: Lines) -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = fmt::layer().with_writer(lines);
    match settings.format {
        Format::Human => layer.with_ansi(settings.colour).boxed(),
        Format::Json => {
            layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
        }
    }
}

fn cannot(reason: &str) -> Problem {
    Problem::error(Place::default(), format!("logs cannot be set up: {reason}"))
}
