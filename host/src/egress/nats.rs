//! Messages to servers of NATS, each acknowledged before it counts as sent.
//!
//! Nothing is kept for a server that is away: a message is sent over a connection that stands, or not at all.

use super::{Egress, Trust};
use crate::nats::NatsServers;
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, HeaderMap, RequestErrorKind, ServerAddr, ServerError};
use bytes::Bytes;
use serde::Deserialize;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout_at;

/// How long a server may take to let the host in.
const CONNECT: Duration = Duration::from_secs(5);
/// Messages that wait for a connection to take them.
const WAITING: usize = 256;
/// How long what the server complains of may take from its connection to whoever has sent the message.
const COMPLAINT: Duration = Duration::from_millis(2);
/// Complaints that are remembered.
const COMPLAINTS: usize = 32;

/// One message.
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: Bytes,
}

/// What must have taken a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taker {
    /// The server.
    Server,
    /// A stream of JetStream, which keeps it once, however often it comes under its id.
    Stream,
}

/// Why a message is not acknowledged.
#[derive(Debug)]
pub(crate) enum NatsError {
    /// It was not in time.
    Deadline,
    /// No server is there, or it has gone: in words.
    Unreachable(String),
    /// The server, or its stream, does not take it: in words.
    Refused(String),
}

impl fmt::Display for NatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => f.write_str("it was not acknowledged in time"),
            Self::Unreachable(reason) => write!(f, "no server of NATS can be reached: {reason}"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

type Secret = dyn Fn(&str) -> Result<String, String> + Send + Sync;

/// One connection to the servers, made when it is needed.
pub(crate) struct Nats {
    servers: NatsServers,
    secret: Box<Secret>,
    standing: tokio::sync::Mutex<Option<Standing>>,
}

/// A connection, and what its server has complained of.
#[derive(Clone)]
struct Standing {
    client: Client,
    complaints: Arc<Mutex<VecDeque<String>>>,
}

/// What a stream says of a message.
#[derive(Deserialize)]
struct Ack {
    stream: Option<String>,
    error: Option<AckError>,
}

#[derive(Deserialize)]
struct AckError {
    #[serde(default)]
    description: String,
}

impl Nats {
    /// To these servers; secrets come from `secret`.
    pub(crate) fn new(
        servers: NatsServers,
        secret: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static,
    ) -> Self {
        Self { servers, secret: Box::new(secret), standing: tokio::sync::Mutex::default() }
    }

    /// Whether there is any server.
    pub(crate) fn is_named(&self) -> bool {
        !self.servers.servers.is_empty()
    }

    /// Sends a message and waits until it is taken.
    pub(crate) async fn send(
        &self,
        message: Message,
        taker: Taker,
        deadline: Instant,
    ) -> Result<(), NatsError> {
        let sent = timeout_at(deadline.into(), self.deliver(message, taker)).await;
        let sent = sent.unwrap_or(Err(NatsError::Deadline));
        if !matches!(sent, Ok(()) | Err(NatsError::Refused(_))) {
            // Others that use it go on with it; the next message finds out anew who is there.
            if let Ok(mut standing) = self.standing.try_lock() {
                standing.take();
            }
        }
        sent
    }

    async fn deliver(&self, message: Message, taker: Taker) -> Result<(), NatsError> {
        let standing = self.standing().await?;
        let mut headers = HeaderMap::new();
        for (name, value) in &message.headers {
            headers.insert(name.as_str(), value.as_str());
        }
        match taker {
            Taker::Server => standing.publish(message, headers).await,
            Taker::Stream => standing.store(message, headers).await,
        }
    }

    /// The connection that stands, or a new one. Whoever else wants one meanwhile waits for the same.
    async fn standing(&self) -> Result<Standing, NatsError> {
        let mut standing = self.standing.lock().await;
        if let Some(standing) = standing.as_ref().filter(|standing| standing.is_up()) {
            return Ok(standing.clone());
        }
        *standing = None;
        let new = self.connect().await.map_err(NatsError::Unreachable)?;
        Ok(standing.insert(new).clone())
    }

    async fn connect(&self) -> Result<Standing, String> {
        let servers = &self.servers;
        let address = |text: &String| text.parse::<ServerAddr>().map_err(|error| format!("{text}: {error}"));
        let addresses: Vec<ServerAddr> = servers.servers.iter().map(address).collect::<Result<_, _>>()?;
        let trust = servers.ca.as_deref().map_or(Trust::Public, Trust::Only);
        let complaints: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let heard = Arc::clone(&complaints);
        let mut options = ConnectOptions::new()
            .name("tenterhook")
            .tls_client_config(Egress::new(trust)?.tls)
            .connection_timeout(CONNECT)
            .client_capacity(WAITING)
            .request_timeout(None)
            // A round of the servers, and then it is over: the next message begins another.
            .max_reconnects(addresses.len())
            .event_callback(move |event| {
                note(&heard, &event);
                async {}
            });
        if let Some(name) = &servers.credentials {
            options = options.credentials(&(self.secret)(name)?).map_err(|error| error.to_string())?;
        }
        if let Some(name) = &servers.token {
            options = options.token((self.secret)(name)?);
        }
        if let Some(user) = &servers.user {
            let password = servers.password.as_ref().map(|name| (self.secret)(name)).transpose()?;
            options = options.user_and_password(user.clone(), password.unwrap_or_default());
        }
        let client = options.connect(addresses).await.map_err(|error| error.to_string())?;
        Ok(Standing { client, complaints })
    }
}

/// Remembers what a server complains of: it says so of no message in particular.
fn note(complaints: &Mutex<VecDeque<String>>, event: &Event) {
    if let Event::ServerError(ServerError::Other(complaint)) = event {
        let mut complaints = complaints.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.truncate(COMPLAINTS - 1);
        complaints.push_front(complaint.clone());
    }
}

fn refused(complaint: &str) -> NatsError {
    NatsError::Refused(format!("the server refuses it: {complaint}"))
}

impl Standing {
    fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Publishes, and asks the server for something that nobody answers: it says so at once, and by then it has taken
    /// what came before.
    async fn publish(&self, message: Message, headers: HeaderMap) -> Result<(), NatsError> {
        let gone = |error: &dyn fmt::Display| NatsError::Unreachable(error.to_string());
        let Message { subject, payload, .. } = message;
        let published = self.client.publish_with_headers(subject.clone(), headers, payload).await;
        published.map_err(|error| match error.kind() {
            async_nats::client::PublishErrorKind::Send => gone(&error),
            _ => NatsError::Refused(error.to_string()),
        })?;
        let nobody = self.client.new_inbox();
        let answer = tokio::select! {
            answer = self.client.request(nobody.clone(), Bytes::new()) => answer,
            // Where it may not even be asked, that is its answer.
            _ = self.complained(&nobody) => return self.unless_refused(&subject).await,
        };
        match answer.map_err(|error| (error.kind(), error)) {
            Ok(_) | Err((RequestErrorKind::NoResponders, _)) => self.unless_refused(&subject).await,
            Err((_, error)) => Err(gone(&error)),
        }
    }

    async fn unless_refused(&self, subject: &str) -> Result<(), NatsError> {
        tokio::time::sleep(COMPLAINT).await;
        self.complaint(subject).map_or(Ok(()), |complaint| Err(refused(&complaint)))
    }

    /// Waits until the server has complained of a subject.
    async fn complained(&self, subject: &str) -> String {
        loop {
            if let Some(complaint) = self.complaint(subject) {
                return complaint;
            }
            tokio::time::sleep(COMPLAINT * 10).await;
        }
    }

    /// Takes a complaint about a subject away, so that the next message is not blamed for it.
    fn complaint(&self, subject: &str) -> Option<String> {
        let quoted = format!("\"{subject}\"");
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let at = complaints.iter().position(|complaint| complaint.contains(&quoted))?;
        complaints.remove(at)
    }

    /// Publishes, and waits for the word of the stream that keeps it.
    async fn store(&self, message: Message, headers: HeaderMap) -> Result<(), NatsError> {
        let no = |reason: String| Err(NatsError::Refused(reason));
        let Message { subject, payload, .. } = message;
        let answer = tokio::select! {
            answer = self.client.request_with_headers(subject.clone(), headers, payload) => answer,
            complaint = self.complained(&subject) => return Err(refused(&complaint)),
        };
        match answer.map_err(|error| (error.kind(), error)) {
            Ok(answer) => match serde_json::from_slice(&answer.payload) {
                Ok(Ack { error: Some(error), .. }) => {
                    no(format!("the stream does not take it: {}", error.description))
                }
                Ok(Ack { stream: Some(_), error: None }) => Ok(()),
                _ => no(format!("what answers on {subject:?} is no stream")),
            },
            Err((RequestErrorKind::NoResponders, _)) => no(format!("no stream takes {subject:?}")),
            Err((RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded, error)) => {
                no(error.to_string())
            }
            Err((_, error)) => Err(NatsError::Unreachable(error.to_string())),
        }
    }
}
