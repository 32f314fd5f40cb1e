//! The service from its start to its end, and what its connections may use.

mod connection;
mod life;
pub(crate) mod tls;

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use tenterhook_tests::{Given, Run, Served};

/// A command line of a service on a port of its own.
pub(crate) fn command<'given>(given: &'given Given, settings: &[&str]) -> Run<'given> {
    let run = Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test"));
    let run = run.args(["serve", "--listen", "127.0.0.1:0"]).env("TENTERHOOK_DATA", given.data());
    let few = ["limits.concurrency=4", "limits.prepared=0"];
    let settings = few.iter().chain(settings).flat_map(|set| ["--set", set]);
    run.env("TENTERHOOK_HOOKS", given.hooks()).args(settings)
}

/// A connection on which something was sent.
fn connect(served: &Served, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.authority()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}
