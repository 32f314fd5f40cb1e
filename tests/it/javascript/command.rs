//! What the command line says of hooks in JavaScript.

use crate::command::{cloudevent, tenterhook};
use tenterhook_tests::Given;

const GUARD: &str = "function handle(event) {\n  return veto('no', event.facets.option);\n}\n";

#[test]
fn check_fire_and_hooks_know_scripts() {
    let given = Given::new()
        .script("guard", GUARD, "")
        .scripted("inline", "status = 'disabled'\n[properties]\nscript = 'function handle() {}'");
    tenterhook(["check"]).directory(&given).ends().exits(0).shows("no problems in 2 hooks");
    let event = cloudevent("e1", "cloud.pre_create", "SERVER");
    let fired = tenterhook(["fire", "event.json"]).hooks(&given).file("event.json", event).ends();
    fired.exits(10).shows("SERVER");
    let listed = tenterhook(["hooks"]).hooks(&given).ends();
    listed.exits(0).shows("javascript guard.js").shows("javascript inline.toml");
    tenterhook(["hooks", "show", "guard"]).hooks(&given).ends().exits(0).shows("javascript guard.js");
}

#[test]
fn check_says_where_a_script_is_wrong() {
    let given = Given::new().script("guard", "function handle(event) {\n  return veto('no', ;\n}\n", "");
    let checked = tenterhook(["check"]).directory(&given).ends();
    checked.exits(2).shows("guard.js:2: error: column ");
}
