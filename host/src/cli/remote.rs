//! Speaks to a running service, where `--to` names one, in place of a host of the command's own.

mod fault;
mod fire;
mod hooks;
mod link;
mod read;
#[cfg(feature = "api")]
mod record;
mod socket;

pub(crate) use read::{missed, outcome as read_outcome};

use super::exit::Bad;
use super::print;
use crate::problem::{Place, Problem};
use link::Address;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use ureq::http::{Method, Request, Response};
use ureq::{AsSendBody, Body};

/// Bytes of an answer.
const ANSWER_BYTES: u64 = 64 << 20;
/// The service to speak to where `--to` names none.
const VARIABLE: &str = "TENTERHOOK_TO";
/// The token to show where no file is named. Whoever lists processes sees command lines, and no variables.
const TOKEN: &str = "TENTERHOOK_TOKEN";

/// Which service to speak to, and how to be let in.
#[derive(clap::Args)]
pub(crate) struct To {
    /// Speak to the service that runs there: http://127.0.0.1:8710, https://…, unix:/path
    /// [env: TENTERHOOK_TO]
    #[arg(long, value_name = "URL")]
    to: Option<String>,

    #[command(flatten)]
    pass: Pass,
}

/// How to be let in by a service.
#[derive(clap::Args)]
pub(crate) struct Pass {
    /// File with the token to show to the service [default: the token in TENTERHOOK_TOKEN]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Certificates (PEM) of the authorities to trust over https, in place of the public ones
    #[arg(long, value_name = "FILE", env = "TENTERHOOK_CA")]
    ca: Option<PathBuf>,
}

impl To {
    /// The service, if one is named. Where a hooks directory is named (`local`), that the environment names a
    /// service as well is no matter.
    pub(crate) fn service(&self, local: bool) -> Result<Option<Service>, Bad> {
        let variable = || std::env::var(VARIABLE).ok().filter(|url| !local && !url.is_empty());
        self.to.clone().or_else(variable).map(|url| Service::at(&url, &self.pass)).transpose()
    }
}

impl Pass {
    fn token(&self) -> Result<Option<String>, Bad> {
        let (place, text) = match &self.token_file {
            Some(path) => (path.display().to_string(), Some(read(path, "the token")?)),
            None => (TOKEN.to_owned(), std::env::var(TOKEN).ok().filter(|text| !text.is_empty())),
        };
        let Some(text) = text else { return Ok(None) };
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            let problem = Problem::error(Place::file(place), "this is no token");
            return Err(problem.hint("`tenterhook token new` prints one").into());
        }
        Ok(Some(token.to_owned()))
    }
}

/// Reads a file that an option names.
fn read(path: &Path, what: &str) -> Result<String, Bad> {
    std::fs::read_to_string(path).map_err(|error| {
        let place = Place::file(path.display().to_string());
        Problem::error(place, format!("{what} cannot be read: {error}")).into()
    })
}

/// A running service.
pub(crate) struct Service {
    agent: ureq::Agent,
    address: Address,
    token: Option<String>,
}

impl Service {
    /// The service at an address. Whether there is one turns out when it is spoken to.
    pub(crate) fn at(url: &str, pass: &Pass) -> Result<Self, Bad> {
        let (address, token) = (Address::read(url)?, pass.token()?);
        if token.is_some() && address.is_open_to_eavesdroppers() {
            let problem = Problem::warning(Place::file("--to"), "the token is sent where others may read it");
            print::complain([&problem.hint("use https://")]);
        }
        Ok(Self { agent: link::agent(&address, pass.ca.as_deref())?, address, token })
    }

    /// How the service is called in messages.
    pub(crate) fn name(&self) -> &str {
        self.address.name()
    }

    /// Why nothing answers there, if nothing does.
    pub(crate) fn silence(&self) -> Option<anyhow::Error> {
        let answer = self.agent.get(self.address.uri("/livez")).call();
        answer.err().map(|error| fault::silence(&self.address, &error))
    }

    fn request(&self, method: Method, path: &str) -> ureq::http::request::Builder {
        let request = Request::builder().method(method).uri(self.address.uri(path));
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    /// Sends a request; whatever is answered is an answer.
    fn send(&self, request: ureq::http::Result<Request<impl AsSendBody>>) -> anyhow::Result<Response<Body>> {
        self.agent.run(request?).map_err(|error| fault::silence(&self.address, &error))
    }

    /// Reads something; `wanted` comes after the question mark.
    fn get(&self, path: &str, wanted: &[(&str, &str)]) -> anyhow::Result<Response<Body>> {
        let mut request = self.agent.get(self.address.uri(path)).query_pairs(wanted.iter().copied());
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.call().map_err(|error| fault::silence(&self.address, &error))?;
        self.granted(answer)
    }

    /// Takes something away; `wanted` comes after the question mark.
    #[cfg(feature = "api")]
    fn delete(&self, path: &str, wanted: &[(&str, &str)]) -> anyhow::Result<Response<Body>> {
        let mut request = self.agent.delete(self.address.uri(path)).query_pairs(wanted.iter().copied());
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.call().map_err(|error| fault::silence(&self.address, &error))?;
        self.granted(answer)
    }

    /// The answer, unless it is a refusal.
    fn granted(&self, answer: Response<Body>) -> anyhow::Result<Response<Body>> {
        if answer.status().is_success() { Ok(answer) } else { Err(self.refused(answer)) }
    }

    fn refused(&self, answer: Response<Body>) -> anyhow::Error {
        fault::refusal(&self.address, self.token.is_some(), answer)
    }

    fn json<T: DeserializeOwned>(&self, answer: Response<Body>) -> anyhow::Result<T> {
        serde_json::from_str(&text(answer)?).map_err(|_| fault::strange(&self.address))
    }
}

fn text(answer: Response<Body>) -> anyhow::Result<String> {
    Ok(answer.into_body().into_with_config().limit(ANSWER_BYTES).read_to_string()?)
}
