//! Scripts in JavaScript: where they stand, and whether they load.

use super::read::{File, Loader};
use super::{Artifact, Loading, Source};
use crate::directory::{Directory, Stem};
use crate::machine::{Script, ScriptFault, digest, try_script};
use crate::manifest::{Class, Manifest, SCRIPT};
use crate::outcome::Failure;
use crate::problem::{Place, Problem};
use crate::written::{Node, Table};
use std::sync::Arc;

/// Bytes of a script.
const SCRIPT_BYTES_MAX: usize = 1 << 20;

/// A script that stands in its hook's TOML.
fn inline(operator: &Table) -> Option<&Node> {
    match &operator.get("properties")?.value {
        crate::written::Value::Table(properties) => properties.get(SCRIPT),
        _ => None,
    }
}

/// What is wrong with a script beside a hook of another class.
pub(super) fn idle_script(stem: &Stem, class: Class, file: &str) -> Option<Problem> {
    if !stem.js || !stem.toml || stem.wasm || class == Class::Javascript {
        return None;
    }
    let message = format!("{}.js beside a hook of class {class}", stem.id);
    let hint = "set class = \"javascript\", or take the script away";
    Some(Problem::error(Place::file(file), message).hint(hint))
}

impl Loader<'_> {
    /// The script of a hook: a property of its TOML, or a file beside that.
    pub(super) fn script(
        &self,
        stem: &Stem,
        file: &str,
        operator: &Table,
        problems: &mut Vec<Problem>,
    ) -> Option<Arc<File>> {
        let name = format!("{}.js", stem.id);
        let (name, bytes) = match (inline(operator), stem.js) {
            (Some(node), false) => {
                let text = node.text(SCRIPT, problems)?;
                (format!("{}.toml", stem.id), text.as_bytes().to_vec())
            }
            (None, true) => match self.directory.read(&name, SCRIPT_BYTES_MAX) {
                Ok(bytes) => (name, bytes),
                Err(reason) => {
                    let place = Place::file(self.directory.display(&name));
                    problems.push(Problem::error(place, reason).kind("file"));
                    return None;
                }
            },
            (Some(node), true) => {
                let message = format!("the script stands here and in {name}");
                problems.push(Problem::error(node.place.clone(), message).hint("keep one of them"));
                return None;
            }
            (None, false) => {
                let problem = Problem::error(Place::file(file), "the hook has no script");
                let hint =
                    format!("write it to {name}, or into the TOML as script = '''…''' under [properties]");
                problems.push(problem.hint(hint));
                return None;
            }
        };
        if let Err(error) = std::str::from_utf8(&bytes) {
            let place = Place::file(self.directory.display(&name));
            problems.push(Problem::error(place, format!("is not UTF-8: {error}")).kind("file"));
            return None;
        }
        Some(Arc::new(File { name, digest: digest(&bytes), bytes, program: None }))
    }
}

/// The engine with a script that loads.
pub(super) fn artifact(
    directory: &Directory,
    loading: &Loading<'_>,
    (manifest, operator): (&Manifest, &Table),
    source: &Source,
    problems: &mut Vec<Problem>,
) -> Option<Artifact> {
    let place = Place::file(directory.display(&source.file.name));
    let engine = match loading.compiler.javascript() {
        Ok(engine) => engine,
        Err(error) => {
            let message = format!("class \"javascript\": {error}");
            problems.push(Problem::error(place, message).kind(error.kind()));
            return None;
        }
    };
    let script = Arc::new(script(manifest, &source.manifest, &source.file)?);
    match try_script(loading.compiler, &engine, &script, &manifest.limits) {
        Ok(()) => Some(Artifact::Javascript(engine, script)),
        Err(fault) => {
            let line = match inline(operator) {
                Some(node) => line_in_toml(directory, &source.file.name, node, fault.line),
                None => (fault.line > 0).then_some(fault.line),
            };
            problems.push(problem(&manifest.mask().hide(&fault.message), Place { line, ..place }, &fault));
            None
        }
    }
}

/// What a hook's script is loaded with.
pub(super) fn script(manifest: &Manifest, json: &str, file: &File) -> Option<Script> {
    let source = String::from_utf8(file.bytes.clone()).ok()?;
    let (name, version) = (file.name.clone(), file.digest[..12].into());
    Some(Script { name, source, config: config(manifest, json), version })
}

/// The properties as JSON: texts as texts, and everything else as it was written.
fn config(manifest: &Manifest, json: &str) -> String {
    let written: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let property = |(key, value): (String, String)| {
        let is_text = manifest.secrets.contains_key(&key) || written["properties"][&key].is_string();
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let value = if is_text { text(&value) } else { value };
        format!("{}:{value}", text(&key))
    };
    let properties = manifest.revealed().into_iter().filter(|(key, _)| key != SCRIPT);
    format!("{{{}}}", properties.map(property).collect::<Vec<_>>().join(","))
}

fn problem(message: &str, place: Place, fault: &ScriptFault) -> Problem {
    if fault.failure != Failure::Error {
        let message = format!("does not start: {}: {message}", fault.failure);
        return Problem::error(place, message).kind("start");
    }
    let message = match (place.line, fault.column) {
        (None, _) | (_, 0) => message.to_owned(),
        (Some(_), column) => format!("column {column}: {message}"),
    };
    Problem::error(place, message).kind("script")
}

/// The line of a TOML in which a line of its script stands: behind the quotes that open it, or below them.
fn line_in_toml(directory: &Directory, name: &str, node: &Node, line: usize) -> Option<usize> {
    let begin = node.place.line?;
    let text = directory.read_toml(name).ok()?;
    let opening = text.lines().nth(begin - 1)?.trim_end();
    let below = opening.ends_with("'''") || opening.ends_with("\"\"\"");
    let is_known = line > 0 && (below || opening.contains("'''") || opening.contains("\"\"\"") || line == 1);
    Some(if is_known { begin + line - usize::from(!below) } else { begin })
}
