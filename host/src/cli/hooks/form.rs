//! `tenterhook hooks create` and `edit`: a hook's form, filled in on the command line.

use super::change::{explain, put};
use super::checked;
use crate::catalogue::Catalogue;
use crate::change::Change;
use crate::cli::exit::{Bad, Exit};
use crate::cli::options;
use crate::cli::print::Out;
use crate::cli::whose::Whose;
use crate::data::Data;
use crate::directory::TOML_BYTES_MAX;
use crate::manifest::Class;
use crate::problem::{Place, Problem};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Make a hook that is no component: a target, a program, a notification or a script in JavaScript
///
/// It is checked first, as `tenterhook check` does. `tenterhook hooks install` makes one of a component.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook hooks create crm --event billing.clients.create --http https://crm.example.com/hooks --priority 1
  tenterhook hooks create vcs --event billing.clients.update --script /usr/local/vcs/script.py --priority 2
  tenterhook hooks create audit --event 'charging.api.*' --notify nats://audit.charging --priority 90
  tenterhook hooks create floor --event cloud.pre_create --facet option=SERVER --javascript floor.js --priority 5
  tenterhook hooks create crm … --set 'signing={\"secret\":\"crm-signing\"}' --grant networks=10.0.0.0/8")]
pub(super) struct Create {
    /// The hook's id
    id: String,

    #[command(flatten)]
    form: Form,

    #[command(flatten)]
    whose: Whose,
}

/// Change some of a hook's manifest
///
/// What is not named stays as it is, comments in its TOML too.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenterhook hooks edit crm --priority 5 --name 'Tell the CRM'
  tenterhook hooks edit crm --http https://crm.example.com/v2/hooks --to http://127.0.0.1:8710
  tenterhook hooks edit server-quota --set max_cpus=32 --unset max_disks")]
pub(super) struct Edit {
    /// The hook's id
    id: String,

    /// A property that is taken away
    #[arg(long = "unset", value_name = "NAME")]
    unset: Vec<String>,

    #[command(flatten)]
    form: Form,

    #[command(flatten)]
    whose: Whose,
}

#[derive(clap::Args)]
struct Form {
    /// A title, for people [default: the id]
    #[arg(long)]
    name: Option<String>,

    /// A sentence more
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// An event it listens to, or all of an area: `cloud.*`; more than one may be named
    #[arg(long = "event", value_name = "EVENT")]
    events: Vec<String>,

    /// Only events with this value of a facet, such as option=SERVER; more than one may be named
    #[arg(long = "facet", value_name = "NAME=VALUE", value_parser = pair, requires = "events")]
    facets: Vec<(String, String)>,

    #[command(flatten)]
    task: Task,

    /// Lower runs first, negative is allowed
    #[arg(long, allow_negative_numbers = true)]
    priority: Option<i64>,

    /// Whether it is put to work
    #[arg(long, value_parser = ["enabled", "disabled", "archived"])]
    status: Option<String>,

    /// A property: a text, a number, true, false, or JSON
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,

    /// What it may reach, such as networks=10.0.0.0/8 or keyvalue=true; more than one value may be named
    #[arg(long = "grant", value_name = "NAME=VALUE", value_parser = pair)]
    grants: Vec<(String, String)>,
}

/// What happens when it fires.
#[derive(clap::Args)]
#[group(multiple = false)]
struct Task {
    /// Post each event to this target
    #[arg(long, value_name = "URL")]
    http: Option<String>,

    /// Run this program on the host's machine
    #[arg(long, value_name = "PATH")]
    script: Option<String>,

    /// Send each event to this target, https:// or nats://, and go by no answer
    #[arg(long, value_name = "TARGET")]
    notify: Option<String>,

    /// Run the script in this file, in a sandbox
    #[arg(long, value_name = "FILE")]
    javascript: Option<PathBuf>,
}

/// The property that says what happens, of each class but components.
const TASKS: [(Class, &str); 4] = [
    (Class::Http, "target"),
    (Class::Notification, "target"),
    (Class::Script, "path"),
    (Class::Javascript, "script"),
];

impl Create {
    pub(super) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let id = checked(&self.id)?.to_owned();
        let Self { mut form, whose, .. } = self;
        let mut problems = Vec::new();
        let mut missing = |is: bool, what: &str, hint: &str| {
            if is {
                problems.push(Problem::error(Place::default(), what).hint(hint));
            }
        };
        missing(form.events.is_empty(), "no --event is named", "`tenterhook events` lists them");
        missing(form.priority.is_none(), "no --priority is named", "lower runs first, such as --priority 10");
        let hint = "name one of --http, --script, --notify and --javascript";
        missing(form.task.class().is_none(), "nothing is said of what happens when it fires", hint);
        form.name.get_or_insert_with(|| id.clone());
        let manifest = form.written(&whose, &mut problems)?;
        if !problems.is_empty() {
            return Err(Bad(problems).into());
        }
        let manifest = Data::from_value(&manifest)?;
        let status = match whose.service()? {
            Some(service) => {
                let hook = service.make(&id, manifest.as_str())?;
                out.line(&format!("made {id} at {}", service.name()));
                hook.status
            }
            None => put(&whose, &id, Some("*"), Change::Create(manifest), out).map_err(explain)?,
        };
        out.line(&format!("{id} is {status}"));
        Ok(Exit::Accepted)
    }
}

impl Edit {
    pub(super) fn run(self, out: &mut Out) -> anyhow::Result<Exit> {
        let id = checked(&self.id)?;
        let mut problems = Vec::new();
        let mut patch = self.form.written(&self.whose, &mut problems)?;
        if !self.unset.is_empty() {
            let properties = entry(&mut patch, "properties");
            properties.extend(self.unset.iter().map(|name| (name.clone(), Value::Null)));
        }
        if patch.is_empty() && problems.is_empty() {
            let problem = Problem::error(Place::default(), "nothing is said of what is to be changed");
            problems.push(problem.hint("`tenterhook hooks edit --help` has what can be"));
        }
        if !problems.is_empty() {
            return Err(Bad(problems).into());
        }
        let patch = Data::from_value(&patch)?;
        let status = match self.whose.service()? {
            Some(service) => {
                let hook = service.patch(id, patch.as_str())?;
                out.line(&format!("changed {id} at {}", service.name()));
                hook.status
            }
            None => put(&self.whose, id, Some("*"), Change::Patch(patch), out).map_err(explain)?,
        };
        out.line(&format!("{id} is {status}"));
        Ok(Exit::Accepted)
    }
}

impl Form {
    /// The keys of a manifest that the form says something of.
    fn written(&self, whose: &Whose, problems: &mut Vec<Problem>) -> anyhow::Result<Map<String, Value>> {
        let mut manifest = Map::new();
        let texts = [("name", &self.name), ("description", &self.description), ("status", &self.status)];
        let texts = texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?)));
        manifest.extend(texts.map(|(key, text)| (key.to_owned(), json!(text))));
        manifest.extend(self.priority.map(|priority| ("priority".to_owned(), json!(priority))));
        if !self.events.is_empty() {
            manifest.insert("type".into(), json!(self.area(&catalogue(whose)?, problems)));
            manifest.insert("on".into(), self.on());
        }
        let mut properties = self.task.properties(problems);
        properties.extend(self.set.iter().map(|(name, value)| (name.clone(), read(value))));
        if !properties.is_empty() {
            manifest.insert("properties".into(), properties.into());
        }
        manifest.extend(self.task.class().map(|class| ("class".to_owned(), json!(class))));
        for (name, value) in &self.grants {
            grant(entry(&mut manifest, "grants"), name, value);
        }
        Ok(manifest)
    }

    /// The type of its events.
    fn area(&self, catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Option<String> {
        let mut area = None;
        for name in &self.events {
            match catalogue.meant(name).first() {
                Some(kind) => drop(area.get_or_insert_with(|| kind.area.clone())),
                None => problems.push(catalogue.meaningless(name, Place::default())),
            }
        }
        area
    }

    fn on(&self) -> Value {
        let on = |event: &String| {
            let mut on = Map::from_iter([("event".to_owned(), json!(event))]);
            for (name, value) in &self.facets {
                if let Value::Array(values) = on.entry(name.clone()).or_insert_with(|| json!([])) {
                    values.push(json!(value));
                }
            }
            Value::from(on)
        };
        self.events.iter().map(on).collect()
    }
}

impl Task {
    fn class(&self) -> Option<Class> {
        let classes = [
            (self.http.is_some(), Class::Http),
            (self.script.is_some(), Class::Script),
            (self.notify.is_some(), Class::Notification),
            (self.javascript.is_some(), Class::Javascript),
        ];
        classes.into_iter().find_map(|(is, class)| is.then_some(class))
    }

    /// The property that says what happens, and without those of the other classes.
    fn properties(&self, problems: &mut Vec<Problem>) -> Map<String, Value> {
        let Some(class) = self.class() else { return Map::new() };
        let mut properties: Map<_, _> =
            TASKS.iter().map(|(_, property)| ((*property).to_owned(), Value::Null)).collect();
        let task = self.http.clone().or(self.script.clone()).or(self.notify.clone());
        let task = task.or_else(|| self.source(problems));
        let own = TASKS.iter().find(|(of, _)| *of == class);
        properties.extend(own.map(|(_, property)| ((*property).to_owned(), json!(task))));
        properties
    }

    /// The script itself, which goes into the manifest.
    fn source(&self, problems: &mut Vec<Problem>) -> Option<String> {
        let path = self.javascript.as_ref()?;
        let bad = |message: String| Problem::error(Place::file(path.display().to_string()), message);
        let source = match std::fs::read_to_string(path) {
            Ok(source) if source.len() > TOML_BYTES_MAX => {
                Err(bad(format!("the script has more than {TOML_BYTES_MAX} bytes")))
            }
            source => source.map_err(|error| bad(format!("the script cannot be read: {error}"))),
        };
        source.map_err(|problem| problems.push(problem)).ok()
    }
}

/// The events that exist where the hook is.
fn catalogue(whose: &Whose) -> anyhow::Result<Catalogue> {
    match whose.service()? {
        Some(service) => service.catalogue(),
        None => Ok(whose.host().read_catalogue().map_err(options::explain)?.0),
    }
}

fn entry<'a>(manifest: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let entry = manifest.entry(key).or_insert_with(|| Map::new().into());
    entry.as_object_mut().expect("whatever is in there was made here")
}

/// Grants that are lists take one value after the other.
fn grant(grants: &mut Map<String, Value>, name: &str, value: &str) {
    match read(value) {
        Value::String(text) => match grants.entry(name).or_insert_with(|| json!([])) {
            Value::Array(values) => values.push(json!(text)),
            other => *other = json!([text]),
        },
        value => drop(grants.insert(name.to_owned(), value)),
    }
}

/// What is compact JSON is that, unless a hook would then be shown another text; the rest is a text.
fn read(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let compact = value.to_string();
    match value {
        Value::Null | Value::String(_) => json!(text),
        value if compact == text => value,
        _ => json!(text),
    }
}

/// `NAME=VALUE`
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is written NAME=VALUE".to_owned()),
    }
}
