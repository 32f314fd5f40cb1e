//! Events that a service is to run, and outcomes that it streams.

use super::read::{Document, outcome};
use super::{Service, fault, text};
use crate::cli::answer::Answer;
use crate::cli::exit::Bad;
use crate::event::Event;
use crate::problem::{Place, Problem};
use serde::{Serialize, Serializer, ser::SerializeMap};
use ureq::Body;
use ureq::http::{Method, StatusCode};

impl Service {
    /// Fires an event, or only sees what the hooks would say (`dry`); problems with it stand at `place`.
    pub(crate) fn fire(&self, event: &Event, place: &Place, dry: bool) -> anyhow::Result<Answer> {
        let request = self.request(Method::POST, if dry { "/v1/events?dry=true" } else { "/v1/events" });
        let request = request.header("content-type", "application/cloudevents+json");
        let answer = self.send(request.body(serde_json::to_string(&Wire(event))?))?;
        // What is said of the caller comes with a challenge, what is said of the event without.
        let challenged = answer.headers().contains_key("www-authenticate");
        match answer.status() {
            StatusCode::OK | StatusCode::ACCEPTED => {
                let outcome = outcome(&text(answer)?);
                let mut outcome = outcome.map_err(|_| fault::strange(&self.address))?;
                outcome.warnings.iter_mut().for_each(|problem| stand(problem, place));
                Ok(Answer::Ran { outcome, subject: event.subject.clone() })
            }
            StatusCode::SERVICE_UNAVAILABLE => match Document::of(answer) {
                Some(_) => Ok(Answer::Busy),
                None => Err(fault::strange(&self.address)),
            },
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => {
                self.not_taken_in(answer, event, place)
            }
            StatusCode::FORBIDDEN if !challenged => self.not_taken_in(answer, event, place),
            _ => Err(self.refused(answer)),
        }
    }

    fn not_taken_in(
        &self,
        answer: ureq::http::Response<Body>,
        event: &Event,
        place: &Place,
    ) -> anyhow::Result<Answer> {
        let document = Document::of(answer).ok_or_else(|| fault::strange(&self.address))?;
        let Bad(mut problems) = document.problems();
        problems.iter_mut().for_each(|problem| stand(problem, place));
        Ok(Answer::Refused { problems, event: Some(event.name.clone()) })
    }

    /// Looks on: every outcome from now on that is wanted, as server-sent events.
    pub(crate) fn outcomes(&self, wanted: &[(&str, &str)]) -> anyhow::Result<Body> {
        Ok(self.get("/v1/outcomes", wanted)?.into_body())
    }
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
