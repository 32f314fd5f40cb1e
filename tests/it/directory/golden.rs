//! Everything that is wrong with a directory, at once.

use super::{bytes, check, ids, problems, saying};
use tenterhook_tests::Given;

const WRONG: &str = "\
nmae = 'A'
name = ['A']
type = 'charging.api'
priority = 'high'
status = 'enbled'
isolation = 'cold'
sha256 = 'abc'
component = ''
schedule = '5m'
caused = 'rune'
ordered = 'subjects'

[[on]]
event = 'charging.engine.pre_return_response'

[[on]]
event = 'charging.api.pre_validate'
table = ['Acount', 3]
action = 'Insert'

[[on]]
table = 'Account'

[limits]
fuel = 0
memory = '16 elephants'
output = '2MiB'
deadline = '1h'
colour = 1

[grants]
http = ['https://crm.example.com/api/']
keyvalue = 'yes'
platform = ['create server']
htp = []

[wants]
keyvalue = true

[properties]
key = { secret = 'CRM' }
";

#[test]
fn every_problem_of_a_directory_is_told_with_file_line_value_and_hint() {
    // R7, R90–R95, R119
    let given = Given::new()
        .file("a.wasm", saying(&bytes("see"), r#"{"manifest":1}"#))
        .toml("a", WRONG)
        .file("b.wasm", "garbage")
        .toml("c", "name = 'C\npriority = 1\n")
        .toml("D", "priority = 2")
        .file("d.wasm", saying(&bytes("see"), r#"{"manifest":1,"status":"enabled"}"#))
        .file("catalogue/own.toml", "[[event]]\nname = 'own.x'\nmode = 'tell'")
        .hook("fine", "see", "");
    let expected = include_str!("../../cases/problems.txt");
    assert_eq!(problems(&given).join("\n") + "\n", expected);
    let roster = check(&given);
    assert_eq!(ids(&roster), ["a", "fine"]);
    assert_eq!(roster.left_out, ["b", "c", "d"]);
}
