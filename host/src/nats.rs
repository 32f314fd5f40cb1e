//! Servers of NATS that notifications go to, and how the host is let in.

use std::path::PathBuf;

/// Servers of NATS. What is secret is named, and read whenever a connection is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NatsServers {
    /// Addresses such as `nats://10.0.0.1:4222` or `tls://nats.example.com`; each is tried.
    pub servers: Vec<String>,
    /// A PEM file of the authorities that vouch for the servers, in place of the public ones.
    pub ca: Option<PathBuf>,
    /// The secret that holds a credentials file.
    pub credentials: Option<String>,
    /// The secret that is a token.
    pub token: Option<String>,
    /// A user's name.
    pub user: Option<String>,
    /// The secret that is the user's password.
    pub password: Option<String>,
}
