//! `tenterhook serve`: the host as a service.

use super::exit::{Bad, Exit};
use super::options::{self, HOOKS, State};
use super::print;
use crate::api::{self, telemetry};
use anyhow::Context;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use telemetry::Telemetry;
use tokio::net::TcpListener;

/// Run the host as a service
///
/// Applications fire events over HTTP; a changed hook goes live without a restart.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8710")]
    listen: SocketAddr,

    /// Directory of the hooks
    #[arg(long, value_name = "DIR", default_value = HOOKS)]
    hooks: PathBuf,

    #[command(flatten)]
    state: State,

    #[command(flatten)]
    seeing: Seeing,
}

const EXAMPLES: &str = "\
Examples:
  tenterhook serve
  tenterhook serve --hooks /etc/tenterhook/hooks --log-format json --log-level info,tenterhook::hook=warn
  tenterhook serve --otlp-endpoint http://127.0.0.1:4318";

/// What is seen of the service.
#[derive(clap::Args)]
struct Seeing {
    /// How log lines are written
    #[arg(long, value_enum, default_value = "human")]
    log_format: Format,

    /// Which log lines: a level, and others for certain parts, such as info,tenterhook::hook=debug
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: String,

    /// Collector that traces go to, by OTLP over HTTP, such as http://127.0.0.1:4318
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Human,
    Json,
}

impl Seeing {
    fn start(&self) -> Result<Telemetry, Bad> {
        let mut settings = telemetry::Settings::default();
        settings.format = match self.log_format {
            Format::Human => telemetry::Format::Human,
            Format::Json => telemetry::Format::Json,
        };
        settings.level.clone_from(&self.log_level);
        settings.colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        settings.otlp_endpoint.clone_from(&self.otlp_endpoint);
        Telemetry::start(&settings, io::stderr()).map_err(Bad)
    }
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let telemetry = self.seeing.start()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(self.serve(&telemetry))
    }

    async fn serve(self, telemetry: &Telemetry) -> anyhow::Result<Exit> {
        let mut builder = self.state.host(&self.hooks).log(telemetry.log());
        if let Some(trace) = telemetry.trace() {
            builder = builder.trace(trace);
        }
        let host = builder.start().await.map_err(options::explain)?;
        options::complain(&host.roster());
        let listener = TcpListener::bind(self.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", self.listen))?;
        print::note(&format!("listening on http://{}", listener.local_addr()?));
        api::serve(listener, host, async { drop(tokio::signal::ctrl_c().await) }).await?;
        Ok(Exit::Accepted)
    }
}
