//! Speaks to a running service, where `--to` names one, in place of a host of the command's own.

mod read;

use super::answer::Answer;
use super::exit::Bad;
use crate::event::Event;
use crate::problem::{Place, Problem};
use anyhow::{Context, anyhow};
use read::{Document, outcome};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body};

pub(crate) use read::missed;
pub(crate) use read::outcome as read_outcome;

/// Bytes of an answer.
const ANSWER_BYTES: u64 = 64 << 20;
/// How long a service may take to be found.
const CONNECT: Duration = Duration::from_secs(10);

/// Which service to speak to, and as whom.
#[derive(clap::Args)]
pub(crate) struct To {
    /// Speak to the service that runs there, such as http://127.0.0.1:8710
    #[arg(long, value_name = "URL", conflicts_with_all = ["hooks", "state", "cache"])]
    to: Option<String>,

    #[command(flatten)]
    token: Token,
}

/// As whom to speak to a service.
#[derive(clap::Args)]
pub(crate) struct Token {
    /// Token to show to the service
    #[arg(long, value_name = "TOKEN", env = "TENTERHOOK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl To {
    /// The service, if one is named.
    pub(crate) fn service(&self) -> Result<Option<Service>, Bad> {
        self.to.as_deref().map(|url| Service::at(url, &self.token)).transpose()
    }
}

/// A running service.
pub(crate) struct Service {
    agent: Agent,
    url: String,
    token: Option<String>,
}

impl Service {
    pub(crate) fn at(url: &str, token: &Token) -> Result<Self, Bad> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let problem = Problem::error(Place::file("--to"), format!("{url:?} is no address of a service"));
            return Err(problem.hint("such as http://127.0.0.1:8710").into());
        }
        let config = Agent::config_builder().http_status_as_error(false).timeout_connect(Some(CONNECT));
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { agent: config.build().into(), url, token: token.token.clone() })
    }

    /// Fires an event; problems with it stand at `place`.
    pub(crate) fn fire(&self, event: &Event, place: &Place) -> anyhow::Result<Answer> {
        let mut request = self.agent.post(format!("{}/v1/events", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.content_type("application/cloudevents+json");
        let answer = request.send(serde_json::to_string(&Wire(event))?).with_context(|| self.silent())?;
        let (name, subject) = (Some(event.name.clone()), event.subject.clone());
        match answer.status().as_u16() {
            200 | 202 => {
                let mut outcome = outcome(&text(answer)?).with_context(|| self.strange())?;
                outcome.warnings.iter_mut().for_each(|problem| stand(problem, place));
                Ok(Answer::Ran { outcome, subject })
            }
            503 => Ok(Answer::Busy),
            401 | 403 | 500.. => Err(self.refused(answer)),
            _ => {
                let Bad(mut problems) = document(answer).with_context(|| self.strange())?.problems();
                problems.iter_mut().for_each(|problem| stand(problem, place));
                Ok(Answer::Refused { problems, event: name })
            }
        }
    }

    /// Looks on: every outcome from now on that is wanted, as server-sent events.
    pub(crate) fn outcomes(&self, wanted: &[(&str, &str)]) -> anyhow::Result<Body> {
        let mut request = self.agent.get(format!("{}/v1/outcomes", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.query_pairs(wanted.iter().copied()).call().with_context(|| self.silent())?;
        if answer.status().is_success() { Ok(answer.into_body()) } else { Err(self.refused(answer)) }
    }

    fn refused(&self, answer: Response<Body>) -> anyhow::Error {
        let status = answer.status();
        match document(answer) {
            Ok(document) => anyhow!("{} refuses: {status}: {document}", self.url),
            Err(_) => anyhow!("{} refuses: {status}", self.url),
        }
    }

    fn silent(&self) -> String {
        format!("no service answers at {}", self.url)
    }

    fn strange(&self) -> String {
        format!("{} does not answer like this version of the service", self.url)
    }
}

fn document(answer: Response<Body>) -> anyhow::Result<Document> {
    Ok(serde_json::from_str(&text(answer)?)?)
}

fn text(answer: Response<Body>) -> anyhow::Result<String> {
    Ok(answer.into_body().into_with_config().limit(ANSWER_BYTES).read_to_string()?)
}

/// Says where a problem stands that came without a place, or with the service's word for what was sent.
fn stand(problem: &mut Problem, place: &Place) {
    if problem.place.file.as_deref().is_none_or(|file| file == "body") {
        problem.place = place.clone();
    }
}

/// An event as a CloudEvent in JSON.
struct Wire<'a>(&'a Event);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let mut json = serializer.serialize_map(None)?;
        json.serialize_entry("specversion", "1.0")?;
        json.serialize_entry("id", &event.id)?;
        json.serialize_entry("type", &event.name)?;
        json.serialize_entry("source", &event.source)?;
        json.serialize_entry("time", &event.time)?;
        if let Some(subject) = &event.subject {
            json.serialize_entry("subject", subject)?;
        }
        for (name, value) in event.facets.iter().chain(&event.attributes) {
            json.serialize_entry(name, value)?;
        }
        json.serialize_entry("data", &event.data)?;
        json.end()
    }
}
