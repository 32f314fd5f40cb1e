//! `tenterhook cause`: the keys that causes are signed with.

use super::exit::Exit;
use super::print;
use super::settings::Base;
use crate::keys;
use anyhow::Context;

/// Replace the key that signs what hooks cause
///
/// What a call of a hook raises in the application comes back with a signed cause, so that it wakes no hook. The key is
/// replaced by itself after 30 days; the one before it verifies for another 90.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook cause rotate
  tenterhook cause rotate --data /var/lib/tenterhook")]
pub(crate) struct Cause {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Rotate(Rotate),
}

/// Have a new key sign from now on; a running service goes by it at once
#[derive(clap::Args)]
struct Rotate {
    #[command(flatten)]
    base: Base,
}

impl Cause {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let Command::Rotate(Rotate { base }) = self.command;
        let data = base.data()?;
        let key = keys::rotate(&data);
        let key = key.with_context(|| format!("{}", data.join("cause.keys").display()))?;
        print::note(&format!("the key {key} signs causes from now on"));
        Ok(Exit::Accepted)
    }
}
