//! What a new project is about: its events, what its hook does with each, and the cases that show it.

use super::Lang;
use super::payload::Payload;
use super::types::{Types, field};
use crate::catalogue::EventKind;
use crate::data::Data;
use crate::event::Mode;
use serde::Serialize;
use std::sync::Arc;

/// The subject that a first hook refuses.
const FORBIDDEN: &str = "forbidden";

/// What the templates are filled in with.
#[derive(Debug, Serialize)]
pub(super) struct Project {
    name: String,
    title: String,
    lang: &'static str,
    /// Of the SDK, and so of this program.
    version: &'static str,
    area: String,
    pub(super) handlers: Vec<Handler>,
    /// Definitions of structs.
    types: String,
    /// Properties with their defaults.
    properties: Vec<(String, String)>,
    scheduled: bool,
}

/// What a hook does with one event.
#[derive(Debug, Serialize)]
pub(super) struct Handler {
    event: String,
    summary: String,
    told: bool,
    /// Its function's name where there are several.
    function: String,
    /// What the event's data is read into.
    data_type: String,
    /// The only facets that it listens to.
    narrow: Vec<(String, String)>,
    /// The facets of its cases.
    facets: Vec<(String, String)>,
    rule: Rule,
    pub(super) cases: Vec<Case>,
}

/// What it goes by.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "is", rename_all = "lowercase")]
enum Rule {
    /// Refuse what is above a number.
    Limit { field: String, member: String, max: i64, over: i64 },
    /// Refuse certain subjects.
    Refuse,
    /// Change the data.
    Amend,
    /// Log it.
    Note,
}

/// An event, and what is to come of it.
#[derive(Debug, Serialize)]
pub(super) struct Case {
    pub(super) name: String,
    /// `accept`, `amend`, `veto`.
    decision: &'static str,
    subject: Option<String>,
    /// JSON.
    data: String,
    /// The data of the outcome, where it is amended.
    amended: Option<String>,
    /// Of a veto.
    code: String,
    reason: String,
}

impl Project {
    /// A hook for these events, which are of one area.
    pub(super) fn of(name: &str, lang: Lang, kinds: &[Arc<EventKind>]) -> Self {
        let mut types = Types::default();
        let handlers: Vec<Handler> =
            kinds.iter().map(|kind| Handler::of(name, lang, kind, &mut types)).collect();
        let mut properties: Vec<_> = handlers.iter().filter_map(|handler| handler.rule.property()).collect();
        properties.sort();
        properties.dedup();
        Self {
            name: name.into(),
            title: title(name),
            lang: lang.word(),
            version: env!("CARGO_PKG_VERSION"),
            area: kinds.first().map(|kind| kind.area.clone()).unwrap_or_default(),
            types: types.text(),
            properties,
            scheduled: kinds.iter().any(|kind| kind.scheduled),
            handlers,
        }
    }
}

impl Handler {
    fn of(hook: &str, lang: Lang, kind: &EventKind, types: &mut Types) -> Self {
        let payload = Payload::of(&kind.name);
        let short = kind.name.strip_prefix(&format!("{}.", kind.area)).unwrap_or(&kind.name);
        let facets = Payload::facets(payload.as_ref(), kind);
        let data_type = match &payload {
            Some(payload) => types.object(&payload.name, &payload.data, &payload.optional),
            None => "Value".into(),
        };
        let narrow = payload.as_ref().is_some_and(|payload| payload.narrow);
        let rule = Rule::of(kind, payload.as_ref().filter(|_| lang == Lang::Rust));
        Self {
            event: kind.name.clone(),
            summary: kind.summary.clone(),
            told: kind.mode == Mode::Tell,
            function: short.replace('.', "_"),
            data_type,
            narrow: if narrow { facets.clone() } else { Vec::new() },
            facets,
            cases: rule.cases(hook, &short.replace(['.', '_'], "-"), payload.unwrap_or_default()),
            rule,
        }
    }
}

impl Rule {
    fn of(kind: &EventKind, payload: Option<&Payload>) -> Self {
        let limit = payload.and_then(|payload| payload.limit.clone());
        match limit.filter(|_| kind.powers.veto) {
            Some(limit) => Self::Limit {
                member: field(&limit.field),
                field: limit.field,
                max: limit.max,
                over: limit.over,
            },
            None if kind.powers.veto => Self::Refuse,
            None if kind.powers.amend => Self::Amend,
            None => Self::Note,
        }
    }

    /// The property that it goes by, and its default in Rust and in TOML alike.
    fn property(&self) -> Option<(String, String)> {
        match self {
            Self::Limit { member, max, .. } => Some((format!("max_{member}"), max.to_string())),
            Self::Refuse => Some(("refused".into(), format!("[\"{FORBIDDEN}\"]"))),
            Self::Amend | Self::Note => None,
        }
    }

    fn cases(&self, hook: &str, event: &str, payload: Payload) -> Vec<Case> {
        let data = if payload.data.is_empty() { "{}" } else { payload.data.trim() };
        let case = |word: &str, decision: &'static str| Case {
            name: format!("{event}-{word}"),
            decision,
            subject: payload.subject.clone(),
            data: data.into(),
            amended: None,
            code: String::new(),
            reason: String::new(),
        };
        match self {
            Self::Limit { field, member, max, over } => {
                let (code, reason) = (format!("{hook}.{member}"), format!("at most {max} are allowed"));
                let data = with_number(data, field, *over);
                vec![case("accepted", "accept"), Case { data, code, reason, ..case("refused", "veto") }]
            }
            Self::Refuse => {
                let (code, reason) =
                    (format!("{hook}.refused"), "it is one of those that are refused".into());
                let subject = Some(FORBIDDEN.into());
                vec![case("accepted", "accept"), Case { subject, code, reason, ..case("refused", "veto") }]
            }
            Self::Amend => {
                let patch = Data::from_value(&serde_json::json!({ "seen_by": hook }));
                let amended = Data::parse(data, usize::MAX).ok().zip(patch.ok());
                let amended = amended.map(|(data, patch)| data.merge(&patch).as_str().to_owned());
                vec![Case { amended, ..case("amended", "amend") }]
            }
            Self::Note => vec![case("told", "accept")],
        }
    }
}

/// The same JSON with another number in a field.
fn with_number(json: &str, field: &str, number: i64) -> String {
    let key = format!("\"{field}\": ");
    match json.split_once(&key) {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
            format!("{before}{key}{number}{rest}")
        }
        None => json.to_owned(),
    }
}

/// `server-quota` as a title: `Server quota`.
fn title(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}
