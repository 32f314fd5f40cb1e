//! Sends spans to a collector: OTLP over HTTP, in batches, from a thread of its own.

use crate::problem::{Place, Problem};
use crate::trace::{Span, TraceContext};
use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, SpanId, TraceFlags, TraceId};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor,
};
use std::time::Duration;

/// Where a collector takes spans, below its base address.
const PATH: &str = "/v1/traces";
/// How long a batch gathers spans.
const GATHER: Duration = Duration::from_secs(1);
/// How long one request may take, and the last ones at the end.
const PATIENCE: Duration = Duration::from_secs(3);

/// A collector that spans go to.
pub(super) struct Collector {
    batches: BatchSpanProcessor,
    scope: InstrumentationScope,
}

impl Collector {
    /// Starts sending to the collector at this base address.
    pub(super) fn start(endpoint: &str) -> Result<Self, Problem> {
        let problem = |message: String| Problem::error(Place::default(), message);
        if !endpoint.starts_with("http://") {
            let message = format!("spans cannot be sent to {endpoint:?}");
            return Err(
                problem(message).hint("give it as http://host:4318; a collector close by goes on from there")
            );
        }
        let base = endpoint.trim_end_matches('/').trim_end_matches(PATH);
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(format!("{base}{PATH}"))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| problem(format!("spans cannot be sent to {endpoint:?}: {error}")))?;
        let config = BatchConfigBuilder::default().with_scheduled_delay(GATHER).build();
        let mut batches = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        batches.set_resource(&Resource::builder().with_service_name("tenterhook").build());
        let scope =
            InstrumentationScope::builder("tenterhook").with_version(env!("CARGO_PKG_VERSION")).build();
        Ok(Self { batches, scope })
    }

    /// Queues a span; where too many wait, it is dropped.
    pub(super) fn take(&self, span: Span) {
        let attributes =
            span.attributes.into_iter().map(|(name, value)| KeyValue::new(name, value)).collect();
        self.batches.on_end(SpanData {
            span_context: context(span.context),
            parent_span_id: span.parent.map_or(SpanId::INVALID, |parent| SpanId::from(parent.span)),
            parent_span_is_remote: span.is_entry && span.parent.is_some(),
            span_kind: if span.is_entry { SpanKind::Server } else { SpanKind::Internal },
            name: span.name.into(),
            start_time: span.began,
            end_time: span.began + span.took,
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: span.error.map_or(Status::Unset, Status::error),
            instrumentation_scope: self.scope.clone(),
        });
    }

    /// Sends what waits, and stops.
    pub(super) fn end(&self) {
        if let Err(error) = self.batches.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

fn context(context: TraceContext) -> SpanContext {
    let flags = if context.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let (trace, span) = (TraceId::from(context.trace), SpanId::from(context.span));
    SpanContext::new(trace, span, flags, false, TraceState::default())
}
