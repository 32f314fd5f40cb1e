//! `tenterhook hooks`: hooks of a directory or of a running service, looked at and changed.

mod change;
mod deliver;
mod form;
mod install;
mod list;
mod relent;
mod show;

use super::exit::{Bad, Exit};
use super::print::Out;
use super::whose::Whose;
use crate::directory::{Directory, Stem, is_id};
use crate::problem::{Place, Problem};

/// List hooks in the order in which they run; show and change them
///
/// The list runs none of them. Without --status, archived hooks are not shown.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Hooks {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    list: list::List,
}

const EXAMPLES: &str = "\
Examples:
  tenterhook hooks
  tenterhook hooks --event cloud.pre_create
  tenterhook hooks --status archived --json
  tenterhook hooks --to http://127.0.0.1:8710
  tenterhook hooks disable server-quota
  tenterhook hooks install server_quota.wasm --id server-quota --to unix:/run/tenterhook.sock

Exit codes:
  2   there is no such hook, or what is asked for cannot be used or stands against what is there
  1   a directory that cannot be read or written, a service that does not answer or let in
  0   done";

#[derive(clap::Subcommand)]
enum Command {
    /// Show everything about a hook
    #[command(after_help = "Example:\n  tenterhook hooks show server-quota")]
    Show(show::Show),
    /// Put a hook to work
    #[command(after_help = "Example:\n  tenterhook hooks enable server-quota")]
    Enable(Named),
    /// Have a hook not run
    #[command(after_help = "Example:\n  tenterhook hooks disable server-quota --to http://127.0.0.1:8710")]
    Disable(Named),
    /// Have a hook not run, keep it, and list it only when asked for
    #[command(after_help = "Example:\n  tenterhook hooks archive server-quota")]
    Archive(Named),
    Create(Box<form::Create>),
    Edit(Box<form::Edit>),
    Install(install::Install),
    Remove(change::Remove),
    Deliver(deliver::Deliver),
    /// Let a version run that was taken back
    ///
    /// A new version that fails where the one before it did not is taken back and not tried again until its files
    /// change. A running service has to be told with --to; without it, the next start goes by what is accepted.
    #[command(after_help = "Example:\n  tenterhook hooks accept server-quota --to http://127.0.0.1:8710")]
    Accept(Named),
    /// Have a hook called again that was stopped
    ///
    /// A hook whose target answers a told event with 410 is stopped, and what it is owed waits. A running service has to be
    /// told with --to, which also ends the rest of a hook that failed too often; without it, the next start calls the hook.
    #[command(after_help = "Example:\n  tenterhook hooks resume crm --to http://127.0.0.1:8710")]
    Resume(Named),
}

/// A hook that is meant.
#[derive(clap::Args)]
struct Named {
    /// The hook's id
    id: String,

    #[command(flatten)]
    whose: Whose,
}

impl Hooks {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        match self.command {
            None => self.list.run(out),
            Some(Command::Show(show)) => show.run(out),
            Some(Command::Enable(hook)) => change::status(&hook, "enabled", out),
            Some(Command::Disable(hook)) => change::status(&hook, "disabled", out),
            Some(Command::Archive(hook)) => change::status(&hook, "archived", out),
            Some(Command::Create(create)) => create.run(out),
            Some(Command::Edit(edit)) => edit.run(out),
            Some(Command::Install(install)) => install.run(out),
            Some(Command::Remove(remove)) => remove.run(out),
            Some(Command::Deliver(deliver)) => deliver.run(out),
            Some(Command::Accept(hook)) => relent::accept(&hook, out),
            Some(Command::Resume(hook)) => relent::resume(&hook, out),
        }
    }
}

/// A text that is a hook's id, and so no path.
fn checked(id: &str) -> Result<&str, Bad> {
    if is_id(id) {
        return Ok(id);
    }
    let problem = Problem::error(Place::default(), format!("{id:?} is no id for a hook"));
    Err(problem.hint("use a-z, 0-9, _ and -, at most 64, beginning with a letter or digit").into())
}

/// Whether the directory has a hook.
fn is_known(hook: &Named) -> Result<(), Bad> {
    let directory = Directory::open(hook.whose.directory());
    let names = directory.and_then(|directory| directory.names("")).unwrap_or_default();
    let known = Stem::group(&names);
    match known.iter().any(|stem| stem.id == hook.id) {
        true => Ok(()),
        false => Err(unknown(&hook.id, known.iter().map(|stem| stem.id.as_str()))),
    }
}

/// What to say of an id that no hook has.
fn unknown<'a>(id: &str, known: impl IntoIterator<Item = &'a str>) -> Bad {
    let problem = Problem::error(Place::default(), format!("there is no hook {id:?}"));
    problem.did_you_mean(id, known).or_hint(|| "`tenterhook hooks` lists them".into()).into()
}
