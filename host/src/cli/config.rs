//! `tenterhook config`: what the service is told, and by whom.

use super::exit::Exit;
use super::print::{BOLD, DIM, Out, PLAIN, Table, cell, safe};
use super::settings::Settings;
use crate::config::Setting;
use serde_json::{Value, json};

/// Show the configuration in force, and where each value comes from
///
/// Keys are written in tenterhook.toml, as variables (limits.budget is TENTERHOOK_LIMITS_BUDGET) and as flags, each
/// over the one before.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook config
  tenterhook config --set limits.budget=1s --json")]
pub(crate) struct Config {
    #[command(flatten)]
    settings: Settings,

    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

impl Config {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let (_, settings) = self.settings.read()?;
        if self.json {
            let json = settings.iter().map(to_json).collect::<Vec<_>>();
            out.json(&json)?;
            return Ok(Exit::Accepted);
        }
        let mut table = Table::default();
        table.row(["KEY", "VALUE", "FROM", "WHAT IT IS FOR"].map(|head| cell(DIM, head)));
        for setting in &settings {
            let from = setting.from.to_string();
            let style = if from.starts_with("default") { DIM } else { BOLD };
            let value = if setting.value.is_empty() { "-" } else { &setting.value };
            table.row([
                cell(PLAIN, setting.key),
                cell(style, safe(value)),
                cell(style, safe(&from)),
                cell(DIM, setting.help),
            ]);
        }
        table.lines().iter().for_each(|line| out.line(line));
        Ok(Exit::Accepted)
    }
}

fn to_json(setting: &Setting) -> Value {
    let Setting { key, help, value, from } = setting;
    json!({ "key": key, "value": value, "from": from.to_string(), "help": help })
}
