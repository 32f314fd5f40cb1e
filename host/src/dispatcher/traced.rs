//! The spans of one event: its own, and one below it for every hook's turn.

use crate::event::Event;
use crate::outcome::{TrailLine, Veto};
use crate::trace::{Span, SpanSink, TRACEPARENT, TraceContext};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// An event whose spans somebody takes.
pub(super) struct Traced {
    sink: SpanSink,
    context: TraceContext,
    /// The caller's span, from the event's `traceparent`.
    parent: Option<TraceContext>,
    began: (SystemTime, Instant),
}

impl Traced {
    /// Goes on with the caller's trace, or begins one.
    pub(super) fn begin(sink: &SpanSink, event: &Event) -> Self {
        let parent = event.attributes.get(TRACEPARENT).and_then(|text| TraceContext::parse(text));
        let context = parent.map_or_else(TraceContext::begin, TraceContext::child);
        Self { sink: Arc::clone(sink), context, parent, began: (SystemTime::now(), Instant::now()) }
    }

    /// A hook's turn begins: the hook gets its span with the event.
    pub(super) fn enter(&self, event: &mut Event) -> TraceContext {
        let span = self.context.child();
        event.attributes.insert(TRACEPARENT.to_owned(), span.to_string());
        span
    }

    /// A hook's turn is over.
    pub(super) fn leave(&self, context: TraceContext, line: &TrailLine, began: Instant) {
        let mut attributes = vec![
            ("tenterhook.hook", line.hook.to_string()),
            ("tenterhook.verdict", line.verdict.to_string()),
            ("tenterhook.fuel", line.fuel.to_string()),
        ];
        attributes.extend(line.version.as_ref().map(|version| ("tenterhook.version", version.to_string())));
        attributes.extend(line.failure.map(|failure| ("tenterhook.failure", failure.to_string())));
        self.emit(Span {
            context,
            parent: Some(self.context),
            is_entry: false,
            name: line.hook.to_string(),
            began: self.began.0 + began.saturating_duration_since(self.began.1),
            took: line.time,
            attributes,
            error: line.failure.and(line.message.clone()),
        });
    }

    /// All hooks had their turn.
    pub(super) fn end(&self, event: &Event, veto: Option<&Veto>, now: Instant) {
        let decision = if veto.is_some() { "veto" } else { "accept" };
        let mut attributes = vec![
            ("cloudevents.event_id", event.id.clone()),
            ("cloudevents.event_type", event.name.clone()),
            ("cloudevents.event_source", event.source.clone()),
            ("tenterhook.decision", decision.to_owned()),
        ];
        attributes.extend(veto.map(|veto| ("tenterhook.vetoed_by", veto.hook.to_string())));
        self.emit(Span {
            context: self.context,
            parent: self.parent,
            is_entry: true,
            name: event.name.clone(),
            began: self.began.0,
            took: now.saturating_duration_since(self.began.1),
            attributes,
            error: None,
        });
    }

    fn emit(&self, span: Span) {
        if span.context.sampled {
            (self.sink)(span);
        }
    }
}
