//! Requests to the outside, for hooks: signed, bounded, and to no address that nobody granted.
//!
//! Certificates are verified, connections kept, redirects not followed, proxies of the environment not asked. Knows no
//! hook and no event; who may ask for what is decided above.

mod client;
mod connect;
mod guard;
mod nats;
mod signature;
#[cfg(test)]
mod tests;
mod tls;

pub(crate) use client::{Client, Error, beginning, collect};
pub(crate) use guard::Guard;
pub(crate) use nats::{Message, Nats, NatsError, Taker};
pub(crate) use signature::Key;
pub(crate) use tls::Trust;

use connect::{Connector, Resolver};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tokio_rustls::rustls::ClientConfig;

/// The header with the cause of what a call raises; and of the events of a request that say none themselves.
pub(crate) const CAUSE_HEADER: &str = "tenterhook-cause";

/// What no header's value may hold, and what would make the writing of it ambiguous; as CloudEvents has it.
pub(crate) const UNFIT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// A text as the value of a header.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNFIT).to_string()
}

/// What all clients share: whom they trust, and who resolves names for them.
#[derive(Clone)]
pub(crate) struct Egress {
    tls: ClientConfig,
    resolver: Resolver,
}

impl Egress {
    /// Reads the authorities that are trusted; says what is wrong with their file.
    pub(crate) fn new(trust: Trust<'_>) -> Result<Self, String> {
        Ok(Self { tls: tls::config(trust)?, resolver: connect::system() })
    }

    /// A client with connections of its own, so that none that was made under one guard is used under another.
    pub(crate) fn client(&self, guard: Guard) -> Client {
        Client::new(Connector::new(self.tls.clone(), self.resolver.clone(), guard))
    }
}
