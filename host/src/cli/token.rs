//! `tenterhook token`: who may use the service.

use super::exit::{Bad, Exit};
use super::options;
use super::print::{self, BOLD, DIM, Out, PLAIN, RED, Table, cell, safe};
use super::settings::Base;
use crate::api::tokens::{self, Order, Scope, Token as Known};
use crate::host::Host;
use crate::problem::{Place, Problem};
use jiff::{Span, SpanRelativeTo, Timestamp};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Make, list and revoke the tokens that callers of the service show
///
/// A running service goes by a change at once.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook token new --scope fire --source shop --expires 30d
  tenterhook token new --scope admin --name ops
  tenterhook token list
  tenterhook token revoke 1f0c9a7e")]
pub(crate) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    New(New),
    List(List),
    Revoke(Revoke),
}

/// Make a token; it is printed once and kept nowhere
#[derive(clap::Args)]
struct New {
    /// What it is good for: fire, read, admin (with fire and read), cause
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', required = true)]
    scope: Vec<String>,

    /// Who will have it; the source of events that name none [default: its id]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// The one source whose events it may raise
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,

    /// The one tenant whose events it may raise
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,

    /// An event, or all of an area as in cloud.*, that it may raise and no others
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    event: Vec<String>,

    /// Directory of the hooks, whose catalogue/*.toml adds events [default: as configured, else hooks]
    #[arg(long, value_name = "DIR")]
    hooks: Option<PathBuf>,

    /// When it ends: a time from now such as 30d, or a date and time
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,

    #[command(flatten)]
    base: Base,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// List the tokens, without what would let one in
#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    base: Base,

    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// Revoke a token
#[derive(clap::Args)]
struct Revoke {
    /// Its id, as `token list` shows it
    id: String,

    #[command(flatten)]
    base: Base,
}

impl Token {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        match self.command {
            Command::New(new) => new.run(out),
            Command::List(list) => list.run(out),
            Command::Revoke(revoke) => revoke.run(),
        }
    }
}

impl New {
    fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let data = self.base.data()?;
        self.check_events()?;
        let order = Order {
            name: self.name,
            scopes: scopes(&self.scope).map_err(Bad)?,
            source: self.source,
            tenant: self.tenant,
            events: self.event,
            expires: self.expires.as_deref().map(time).transpose()?,
        };
        let (text, token) = tokens::add(&data, order).map_err(Bad)?;
        if self.json {
            let mut json = to_json(&token);
            json["token"] = text.into();
            out.json(&json)?;
        } else {
            out.line(&text);
            print::note(&format!("token {} is shown this once; {}", token.id, until(&token)));
        }
        Ok(Exit::Accepted)
    }
}

impl New {
    /// An event that no catalogue has is misspelt. Where there is no hooks directory to tell by, only an event of a
    /// built-in area is known to be none.
    fn check_events(&self) -> anyhow::Result<()> {
        if self.event.is_empty() {
            return Ok(());
        }
        let hooks = self.hooks.clone().map_or_else(|| self.base.hooks(), Ok)?;
        let complete = self.hooks.is_some() || hooks.is_dir();
        let builder = if complete { Host::builder().hooks(&hooks) } else { Host::builder() };
        let (catalogue, problems) = builder.read_catalogue().map_err(options::explain)?;
        print::complain(&problems);
        let unknown = self.event.iter().filter(|event| catalogue.meant(event).is_empty());
        let (mut bad, mut doubts) = (Vec::new(), Vec::new());
        for event in unknown {
            let mut problem = catalogue.meaningless(event, Place::file("--event"));
            let own = |area: &str| area.split('.').next() == event.split('.').next();
            if complete || problem.hint.is_some() || catalogue.areas().any(|(area, _)| own(area)) {
                problem.hint.get_or_insert_with(|| "`tenterhook events` lists them".into());
                bad.push(problem);
            } else {
                let message = format!(
                    "whether there is an event {event:?} is not known: there is no {}",
                    hooks.display()
                );
                let doubt = Problem::warning(Place::file("--event"), message);
                doubts.push(doubt.hint("name the directory of the hooks with --hooks"));
            }
        }
        if !bad.is_empty() {
            return Err(Bad(bad).into());
        }
        print::complain(&doubts);
        Ok(())
    }
}

impl List {
    fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let data = self.base.data()?;
        let tokens = tokens::list(&data).map_err(Bad)?;
        if self.json {
            out.json(&tokens.iter().map(to_json).collect::<Vec<_>>())?;
            return Ok(Exit::Accepted);
        }
        let mut table = Table::default();
        table.row(["ID", "NAME", "SCOPES", "BOUND TO", "EXPIRES"].map(|head| cell(DIM, head)));
        for token in &tokens {
            let style = if token.is_expired() { RED } else { PLAIN };
            table.row([
                cell(BOLD, safe(&token.id)),
                cell(PLAIN, safe(&token.name)),
                cell(PLAIN, texts(&token.scopes).join(", ")),
                cell(PLAIN, safe(&bounds(token))),
                cell(style, until(token)),
            ]);
        }
        if tokens.is_empty() {
            print::note(&format!("there is no token in {}", data.display()));
        } else {
            table.lines().iter().for_each(|line| out.line(line));
        }
        Ok(Exit::Accepted)
    }
}

impl Revoke {
    fn run(self) -> anyhow::Result<Exit> {
        let data = self.base.data()?;
        if tokens::revoke(&data, &self.id).map_err(Bad)? {
            print::note(&format!("token {} is revoked", safe(&self.id)));
            return Ok(Exit::Accepted);
        }
        let known = tokens::list(&data).map_err(Bad)?;
        let problem = Problem::error(Place::default(), format!("there is no token {:?}", self.id));
        let ids = known.iter().map(|token| token.id.as_str());
        Err(Bad::from(problem.did_you_mean(&self.id, ids)).into())
    }
}

fn scopes(names: &[String]) -> Result<Vec<Scope>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut scopes = Vec::new();
    for name in names {
        match Scope::named(name.trim()) {
            Some(scope) => scopes.push(scope),
            None => problems.push(Scope::unknown(Place::file("--scope"), name)),
        }
    }
    if problems.is_empty() { Ok(scopes) } else { Err(problems) }
}

/// A time from now, or a date and time.
fn time(text: &str) -> Result<Timestamp, Bad> {
    let from_now = || {
        let span = text.parse::<Span>().ok()?.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        Timestamp::now().checked_add(span).ok()
    };
    let time = text.parse::<Timestamp>().ok().or_else(from_now);
    time.filter(|time| *time > Timestamp::now()).ok_or_else(|| {
        let problem = Problem::error(Place::file("--expires"), format!("{text:?} is no time to come"));
        problem.hint("write it as in \"30d\", \"12h\" or \"2030-01-31T12:00:00Z\"").into()
    })
}

fn texts(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}

fn until(token: &Known) -> String {
    match token.expires {
        Some(expires) if token.is_expired() => format!("expired {expires:.0}"),
        Some(expires) => format!("expires {expires:.0}"),
        None => "never expires".to_owned(),
    }
}

fn bounds(token: &Known) -> String {
    let source = token.source.iter().map(|source| format!("source {source}"));
    let tenant = token.tenant.iter().map(|tenant| format!("tenant {tenant}"));
    let bounds: Vec<String> = source.chain(tenant).chain(token.events.iter().cloned()).collect();
    bounds.join(", ")
}

fn to_json(token: &Known) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "scopes": texts(&token.scopes),
        "source": token.source,
        "tenant": token.tenant,
        "events": token.events,
        "created": token.created,
        "expires": token.expires.map(|expires| expires.to_string()),
    })
}
