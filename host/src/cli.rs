//! The command line: fire events, look at events and hooks, check and build hooks.
//!
//! The one module that prints. Standard output has the answer, for people or with `--json` for
//! programs; standard error has problems and what hooks log.

mod answer;
mod bench;
mod build;
#[cfg(feature = "api")]
mod cancel;
mod cargo;
mod case;
#[cfg(feature = "api")]
mod cause;
mod check;
#[cfg(feature = "api")]
mod config;
#[cfg(feature = "api")]
mod dead;
mod demo;
mod describe;
mod dev;
mod events;
mod exit;
mod fire;
mod hooks;
mod inspect;
#[cfg(feature = "api")]
mod journal;
#[cfg(feature = "api")]
mod log;
#[cfg(feature = "api")]
mod listing;
mod new;
mod options;
mod pack;
mod print;
mod project;
mod raise;
#[cfg(feature = "api")]
mod record;
mod remote;
#[cfg(feature = "api")]
mod serve;
#[cfg(feature = "api")]
mod settings;
mod test;
#[cfg(feature = "api")]
mod state;
#[cfg(feature = "api")]
mod token;
mod watch;
mod whose;

use crate::host;
use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use exit::{Bad, Exit};
use print::Out;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs hooks on an application's events: sandboxed WebAssembly components that veto, amend and
/// react.
#[derive(Parser)]
#[command(name = "tenterhook", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tenterhook demo                       see it work: builds the stock hooks and fires events
  tenterhook new my-hook                start a hook: a project with cases and tests
  tenterhook dev my-hook                build it and fire its cases whenever you save
  tenterhook build my-hook --out hooks  compile a hook crate into a hooks directory
  tenterhook test my-hook               run its cases; bench measures it, inspect looks into it
  tenterhook check                      what is wrong with ./hooks, all of it at once
  tenterhook events cloud.pre_create    what an event carries and what hooks may do to it
  tenterhook fire --event cloud.pre_create --facet option=SERVER --data '{\"cpu\":4}'
  tenterhook hooks --to http://127.0.0.1:8710    the hooks of a running service

Colours follow the terminal, NO_COLOR and CLICOLOR_FORCE.";

#[derive(Subcommand)]
enum Command {
    #[cfg(feature = "api")]
    Serve(serve::Serve),
    #[cfg(feature = "api")]
    Config(config::Config),
    #[cfg(feature = "api")]
    Token(token::Token),
    #[cfg(feature = "api")]
    Cause(cause::Cause),
    Fire(fire::Fire),
    Watch(watch::Watch),
    Events(events::Events),
    Hooks(Box<hooks::Hooks>),
    #[cfg(feature = "api")]
    Log(log::Log),
    #[cfg(feature = "api")]
    State(state::State),
    #[cfg(feature = "api")]
    Cancel(cancel::Cancel),
    #[cfg(feature = "api")]
    Dead(dead::Dead),
    #[cfg(feature = "api")]
    Journal(journal::Journal),
    Check(check::Check),
    New(new::New),
    Dev(dev::Dev),
    Build(build::Build),
    Pack(pack::Pack),
    Test(test::Test),
    Bench(bench::Bench),
    Inspect(inspect::Inspect),
    Demo(demo::Demo),
    /// Print a script that completes commands and options in a shell
    #[command(
        after_help = "Example:\n  tenterhook completions bash > ~/.local/share/bash-completion/completions/tenterhook"
    )]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Runs one command line and says how the process should end.
///
/// Ends with 0 accepted, 10 vetoed, 2 bad input, 1 anything else.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // What every other command starts for a component that it has not seen before.
    if let [_, command, tier] = args.as_slice()
        && command == options::COMPILE
    {
        return host::compile_child(&tier.to_string_lossy());
    }
    // What starts the programs of scripts.
    if let [_, command] = args.as_slice()
        && command == options::WARDEN
    {
        return host::warden();
    }
    let command = match Cli::try_parse_from(args) {
        Ok(cli) => cli.command,
        Err(usage) => {
            // Help and version come this way too. A closed pipe is no reason to say more.
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(1));
        }
    };
    let mut out = Out::default();
    let ended = run(command, &mut out).and_then(|exit| {
        out.end().context("standard output cannot be written")?;
        Ok(exit)
    });
    ended.unwrap_or_else(|error| fail(&error)).into()
}

fn run(command: Command, out: &mut Out) -> anyhow::Result<Exit> {
    match command {
        #[cfg(feature = "api")]
        Command::Serve(serve) => serve.run(),
        #[cfg(feature = "api")]
        Command::Config(config) => config.run(out),
        #[cfg(feature = "api")]
        Command::Token(token) => token.run(out),
        #[cfg(feature = "api")]
        Command::Cause(cause) => cause.run(),
        Command::Fire(fire) => fire.run(out),
        Command::Watch(watch) => watch.run(out),
        Command::Events(events) => events.run(out),
        Command::Hooks(hooks) => hooks.run(out),
        #[cfg(feature = "api")]
        Command::Log(log) => log.run(out),
        #[cfg(feature = "api")]
        Command::State(state) => state.run(out),
        #[cfg(feature = "api")]
        Command::Cancel(cancel) => cancel.run(out),
        #[cfg(feature = "api")]
        Command::Dead(dead) => dead.run(out),
        #[cfg(feature = "api")]
        Command::Journal(journal) => journal.run(out),
        Command::Check(check) => check.run(out),
        Command::New(new) => new.run(out),
        Command::Dev(dev) => dev.run(out),
        Command::Build(build) => build.run(out),
        Command::Pack(pack) => pack.run(out),
        Command::Test(test) => test.run(out),
        Command::Bench(bench) => bench.run(out),
        Command::Inspect(inspect) => inspect.run(out),
        Command::Demo(demo) => demo.run(out),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tenterhook", &mut script);
            out.text(&String::from_utf8_lossy(&script));
            Ok(Exit::Accepted)
        }
    }
}

fn fail(error: &anyhow::Error) -> Exit {
    match error.downcast_ref::<Bad>() {
        Some(Bad(problems)) => {
            print::complain(problems);
            Exit::Bad
        }
        None => {
            print::error(&format!("{error:#}"));
            Exit::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_fit_together() {
        Cli::command().debug_assert();
    }
}
