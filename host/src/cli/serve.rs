//! `tenterhook serve`: the host as a service, from its start to its end.

use super::exit::{Bad, Exit};
use super::options;
use super::print;
use super::settings::{self, Settings};
use crate::api::telemetry::{self, Telemetry};
use crate::api::{self, Door};
use crate::config::{Config, Deliveries, Keep, LogFormat};
use crate::deliveries::Rules;
use crate::host::Host;
use crate::store::Retention;
use crate::webhook::HttpPlatform;
use sd_notify::NotifyState;
use std::io::{self, IsTerminal};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Run the host as a service
///
/// Applications fire events over HTTP; a changed hook or secret goes live without a restart. SIGHUP reads the hooks again;
/// SIGTERM and Ctrl-C finish what is in flight, and a second one does not wait for it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook serve --hooks hooks
  tenterhook serve --listen unix:/run/tenterhook.sock
  tenterhook config                     every setting, and where it comes from")]
pub(crate) struct Serve {
    #[command(flatten)]
    settings: Settings,
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let (config, _) = self.settings.read()?;
        let telemetry = telemetry(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let exit = runtime.block_on(serve(&config, &telemetry));
        // What does not end within the grace is not waited for.
        runtime.shutdown_background();
        exit
    }
}

async fn serve(config: &Config, telemetry: &Telemetry) -> anyhow::Result<Exit> {
    // Before anything takes time: a signal must not go unheard.
    let mut signals = Signals::listen()?;
    let data = settings::data(config);
    let door = Door::open(config, data.as_deref()).await.map_err(Bad)?;
    let remembers = data.is_some();
    let mut builder = options::host(&config.hooks, data, config.cache.clone()).limits(config.limits.clone());
    if remembers {
        builder = builder.deliveries(rules(&config.deliveries));
        builder = builder.retention(retention(config)).log_asks(config.log_asks);
    }
    builder = builder.log(telemetry.log()).admission(config.admission.unwrap_or_default());
    builder = options::secrets(builder, config.secrets.as_deref());
    builder = builder.nats(config.nats.clone()).scripts(&config.scripts.directories);
    if let Some(user) = &config.scripts.user {
        builder = builder.scripts_user(user);
    }
    if let Some(platform) = HttpPlatform::of(config).map_err(Bad)? {
        builder = builder.platform(platform);
    }
    if let Some(authorities) = &config.egress_ca {
        builder = builder.authorities(authorities);
    }
    if let Some(trace) = telemetry.trace() {
        builder = builder.trace(trace);
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let (started, host) = oneshot::channel();
    let address = door.address();
    // The answers to those who ask too early are given from the start.
    let starting = async {
        match host.await {
            Ok(host) => host,
            Err(_) => std::future::pending().await,
        }
    };
    let serving = tokio::spawn(api::serve_while_starting(door, starting, async { drop(stopped.await) }));
    let host = tokio::select! {
        host = builder.start() => host.map_err(options::explain)?,
        () = signals.stop.told() => {
            print::note("stopped while the hooks were loaded");
            return Ok(Exit::Accepted);
        }
    };
    options::complain(&host.roster());
    host.watch();
    host.keep_time();
    let _ = started.send(host.clone());
    print::note(&format!("listening on {address}"));
    tell(&[NotifyState::Ready]);
    signals.heed(serving, stop, host, config).await
}

/// How told events are delivered.
fn rules(config: &Deliveries) -> Rules {
    let mut rules = Rules::default();
    rules.retries.clone_from(&config.retries);
    rules.order_wait = config.order_wait;
    rules.per_hook = config.per_hook;
    rules.at_once = config.at_once;
    rules
}

/// How long the journal keeps what is over, as the configuration has it.
fn retention(config: &Config) -> Retention {
    let Keep { finished, dead, bytes_max } = config.journal;
    Retention { keep: finished, keep_dead: dead, bytes_max: bytes_max as u64 }
}

/// Logs and traces as the configuration has them.
fn telemetry(config: &Config) -> Result<Telemetry, Bad> {
    let settings = telemetry::Settings {
        format: match config.log_format {
            LogFormat::Human => telemetry::Format::Human,
            LogFormat::Json => telemetry::Format::Json,
        },
        level: config.log_level.to_string(),
        colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        otlp_endpoint: config.otlp_endpoint.clone(),
        ..telemetry::Settings::default()
    };
    Telemetry::start(&settings, io::stderr()).map_err(Bad)
}

/// What the service is told while it runs.
struct Signals {
    stop: Stop,
    hangup: Signal,
}

/// The two ways to tell it to stop.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Waits until it is told to.
    async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let [terminate, interrupt, hangup] =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        Ok(Self { stop: Stop { terminate: terminate?, interrupt: interrupt? }, hangup: hangup? })
    }

    /// Serves until it is told to stop, or twice.
    async fn heed(
        mut self,
        mut serving: JoinHandle<usize>,
        stop: oneshot::Sender<()>,
        host: Host,
        config: &Config,
    ) -> anyhow::Result<Exit> {
        // The sender is dropped at the first signal.
        let mut stop = Some(stop);
        let grace = config.grace;
        loop {
            tokio::select! {
                cut = &mut serving => {
                    tokio::select! {
                        () = host.shutdown(grace) => return Ok(ended(cut?)),
                        () = self.stop.told() => {
                            print::error("stopped at once, what was in flight is cut short");
                            return Ok(Exit::Other);
                        }
                    }
                }
                Some(()) = self.hangup.recv() => { tokio::spawn(reload(host.clone())); }
                () = self.stop.told() => {
                    if stop.take().is_none() {
                        print::error("stopped at once, what was in flight is cut short");
                        return Ok(Exit::Other);
                    }
                    tell(&[NotifyState::Stopping]);
                    print::note("stopping: finishing what is in flight");
                }
            }
        }
    }
}

/// Says what was cut short.
fn ended(cut: usize) -> Exit {
    match cut {
        0 => print::note("stopped"),
        _ => print::error(&format!("{} cut short, after the grace", print::count(cut, "connection"))),
    }
    Exit::Accepted
}

async fn reload(host: Host) {
    let reloading = NotifyState::monotonic_usec_now().map(|now| [NotifyState::Reloading, now]);
    tell(reloading.as_ref().map_or(&[], |reloading| reloading.as_slice()));
    match host.reload().await {
        Ok(roster) => {
            options::complain(&roster);
            print::note(&format!(
                "the hooks were read again, {}",
                print::count(roster.hooks().count(), "hook")
            ));
        }
        Err(error) => print::error(&format!("the hooks stay as they were: {error}")),
    }
    tell(&[NotifyState::Ready]);
}

/// Tells the service manager, where there is one; one that does not listen stops nothing.
fn tell(state: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(state);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_configures_nothing_gets_what_an_embedding_application_gets() {
        assert_eq!(rules(&Config::default().deliveries), Rules::default());
    }
}
