//! `tenterhook pack`: writes a manifest into a component that another language's toolchain made.

use super::build;
use super::exit::{Bad, Exit};
use super::print::{self, BOLD, DIM, Out, PLAIN, Table, cell, number};
use crate::catalogue::Catalogue;
use crate::limits::{HostLimits, MIB};
use crate::machine::{Section, digest, manifest_section, with_manifest};
use crate::manifest;
use crate::problem::{Place, Problem};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Write a manifest into a component
///
/// For components that the Rust SDK did not make: the manifest, one JSON object with "manifest": 1, becomes the
/// custom section tenterhook:manifest, in place of any that stands there. It is checked first, all of it at once.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook pack contact-check.wasm --manifest manifest.json
  tenterhook pack build/hook.wasm --manifest manifest.json --out hooks/contact-check.wasm")]
pub(crate) struct Pack {
    /// The component
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,

    /// File with the manifest
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,

    /// Where it goes [default: the component itself]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Catalogue of an application's own events; may be given more than once
    #[arg(long, value_name = "FILE")]
    catalogue: Vec<PathBuf>,
}

impl Pack {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let packed = self.pack()?;
        let file = self.out.as_ref().unwrap_or(&self.component);
        build::put(file, &packed)
            .map_err(|error| Bad::from(at(file, format!("cannot be written: {error}"))))?;
        let mut table = Table::default();
        table.row([
            cell(BOLD, file.file_stem().unwrap_or_default().to_string_lossy()),
            number(print::size(packed.len() as u64)),
            cell(DIM, format!("sha256:{}", digest(&packed))),
            cell(PLAIN, file.display().to_string()),
        ]);
        table.lines().iter().for_each(|line| out.line(line));
        Ok(Exit::Accepted)
    }

    /// The component with its manifest, or everything that is wrong with either and with the catalogues.
    fn pack(&self) -> Result<Vec<u8>, Bad> {
        let mut problems = Vec::new();
        let mut catalogue = Catalogue::built_in();
        for file in &self.catalogue {
            match text(file) {
                Ok(text) => problems.extend(catalogue.add(&file.display().to_string(), &text)),
                Err(problem) => problems.push(problem),
            }
        }
        let manifest = text(&self.manifest).map(|text| text.trim_end().to_owned() + "\n");
        match &manifest {
            Ok(manifest) => check(&self.manifest, manifest, &catalogue, &mut problems),
            Err(problem) => problems.push(problem.clone()),
        }
        let component = component(&self.component);
        if let Err(problem) = &component {
            problems.push(problem.clone());
        }
        match (manifest, component) {
            (Ok(manifest), Ok(component)) if !problems.iter().any(Problem::is_error) => {
                print::complain(&problems);
                with_manifest(&component, &manifest).map_err(|why| at(&self.component, why).into())
            }
            _ => Err(Bad(problems)),
        }
    }
}

fn at(file: &Path, message: impl Into<String>) -> Problem {
    Problem::error(Place::file(file.display().to_string()), message)
}

fn read(file: &Path, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|open| open.take(bytes_max as u64 + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(at(file, format!("cannot be read: {error}"))),
        Ok(_) if bytes.len() > bytes_max => {
            Err(at(file, format!("is larger than {}", print::size(bytes_max as u64))))
        }
        Ok(_) => Ok(bytes),
    }
}

fn text(file: &Path) -> Result<String, Problem> {
    String::from_utf8(read(file, MIB)?).map_err(|_| at(file, "is not UTF-8"))
}

fn component(file: &Path) -> Result<Vec<u8>, Problem> {
    let bytes = read(file, HostLimits::default().component_bytes)?;
    match manifest_section(&bytes) {
        // What stands at another place, or is broken, is what the new one is for.
        Section::Found(_) | Section::Missing => Ok(bytes),
        Section::Unreadable(why) => {
            let hint = "a component is what the toolchain makes last: `wasm-tools component new`, `jco componentize`";
            Err(at(file, why).hint(hint))
        }
    }
}

/// Checks the manifest as the host does when it loads it.
fn check(file: &Path, json: &str, catalogue: &Catalogue, problems: &mut Vec<Problem>) {
    let name = file.display().to_string();
    if json.trim().is_empty() {
        problems.push(at(file, "holds no manifest").hint("one JSON object with \"manifest\": 1"));
        return;
    }
    let table = manifest::embedded(&name, json, problems);
    // What is left out here, such as the priority, its operator must say.
    manifest::check("pack", &name, &table, false, (catalogue, &HostLimits::default()), problems);
}
