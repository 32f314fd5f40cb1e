//! `tenterhook serve`: the host as a service.

use super::exit::Exit;
use super::options::{self, HOOKS, State};
use super::print;
use crate::{Host, api};
use anyhow::Context;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Run the host as a service
///
/// Applications fire events over HTTP; a changed hook goes live without a restart.
#[derive(clap::Args)]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8710")]
    listen: SocketAddr,

    /// Directory of the hooks
    #[arg(long, value_name = "DIR", default_value = HOOKS)]
    hooks: PathBuf,

    #[command(flatten)]
    state: State,
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.serve())
    }

    async fn serve(self) -> anyhow::Result<Exit> {
        let host = self.state.host(&self.hooks).start().await.map_err(options::explain)?;
        options::complain(&host.roster());
        host.watch();
        tokio::spawn(reload_on_hangup(host.clone()));
        let listener = TcpListener::bind(self.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", self.listen))?;
        print::note(&format!("listening on http://{}", listener.local_addr()?));
        api::serve(listener, host, async { drop(tokio::signal::ctrl_c().await) }).await?;
        Ok(Exit::Accepted)
    }
}

/// Reads the hooks directory again on SIGHUP, however its files are watched.
async fn reload_on_hangup(host: Host) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    while hangups.recv().await.is_some() {
        // What is wrong is logged, and the hooks of before stay at work.
        let _ = host.reload().await;
    }
}
