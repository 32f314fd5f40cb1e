//! The command line: `tenterhook` as its users start it.

mod build;
mod change;
mod check;
mod dev;
mod events;
mod exit;
mod fire;
mod form;
mod help;
mod hooks;
mod new;
mod outcome;
mod pack;
mod raise;
mod search;
mod surroundings;

use tenterhook_tests::{Given, Run};

/// A command line, such as `["events", "--json"]`.
pub(crate) fn tenterhook<const N: usize>(args: [&str; N]) -> Run<'static> {
    Run::of(env!("CARGO_BIN_EXE_tenterhook-under-test")).args(args)
}

/// Hooks of which one refuses disks, and one fails when it is told of something.
pub(crate) fn guards() -> Given {
    let disks =
        "name = \"No disks\"\npriority = 1\n[[on]]\nevent = \"cloud.pre_create\"\noption = \"DISK\"\n";
    let failing = "priority = 2\n[[on]]\nevent = \"cloud.post_create\"\n[properties]\ntext = \"no luck\"\n";
    Given::new().hook("disks", "veto", disks).hook("failing", "fail", failing)
}

/// A CloudEvent with this id, name and option.
pub(crate) fn cloudevent(id: &str, name: &str, option: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","type":"{name}","source":"orchestrator","time":"2026-01-31T12:00:00Z","subject":"vdc-7","option":"{option}","data":{{"name":"{id}"}}}}"#
    )
}
