//! What a hook finds around it: the event, its properties, its log.

use tenterhook::log::Level;
use tenterhook_tests::Given;

#[tokio::test]
async fn a_hook_is_told_all_about_an_event() {
    let world = Given::new().hook("a", "see", "").start().await;
    let event = tenterhook::Event::new("cloud.pre_create", "orchestrator")
        .id("e1")
        .time("2022-01-24T15:44:47.216756+02:00")
        .subject("vdc-7")
        .facet("option", "SERVER")
        .attribute("user", "u1")
        .attribute("customer", "c1")
        .attribute("objectid", "12");
    world.create().event(event).await.accepted();
    let seen = "info: e1 cloud.pre_create Mode::Ask 2022-01-24T15:44:47.216756+02:00 orchestrator Some(\"vdc-7\") \
                [(\"option\", \"SERVER\")] [(\"customer\", \"c1\"), (\"objectid\", \"12\"), (\"user\", \"u1\")] 1 {}";
    assert_eq!(world.log_of("a"), [seen]);
}

#[tokio::test]
async fn facets_come_in_the_order_of_the_catalogue_and_filled() {
    // R6, R104
    let hook = "type = 'charging.api'\non = [{ event = 'charging.api.*' }]";
    let world = Given::new().hook("a", "see", hook).hook("b", "see", "").start().await;
    let event = world.ask("charging.api.pre_validate").facet("action", "Insert");
    event.facet("table", "Account").await.trail(&["a accept"]);
    let log = world.log_of("a").pop().unwrap();
    assert!(
        log.contains(r#"[("table", "Account"), ("resource", "Account"), ("action", "Insert")]"#),
        "{log}"
    );
    world.ask("cloud.pre_payment").await.trail(&["b accept"]);
    assert!(world.log_of("b")[0].contains(r#"[("option", "ANY")]"#));
}

#[tokio::test]
async fn properties_arrive_as_they_are_when_texts_and_else_as_compact_json() {
    let toml = "[properties]\ntext = 'as \"it\" is\n'\nwhole = 16\nbroken = 1.50\nyes = true\n\
                list = [ 1, 'a' ]\ntable = { b = 1, a = [ ] }\nempty = ''"
        .replace("'as \"it\" is\n'", "\"as \\\"it\\\" is\\n\"");
    let world = Given::new().hook("a", "properties", &toml).start().await.without_problems();
    let all: Vec<(String, String)> = serde_json::from_str(world.create().await.data()).unwrap();
    let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let expected = [
        ("broken", "1.5"),
        ("empty", ""),
        ("list", r#"[1,"a"]"#),
        ("table", r#"{"a":[],"b":1}"#),
        ("text", "as \"it\" is\n"),
        ("whole", "16"),
        ("yes", "true"),
    ];
    assert_eq!(all, expected);
}

#[tokio::test]
async fn the_operators_properties_are_laid_over_the_authors_key_by_key() {
    let world = Given::new().hook("a", "veto", "[properties]\ncode = 'mine'").start().await;
    world.create().await.vetoed_by("a", "mine").because("not today");
}

#[tokio::test]
async fn lines_reach_the_operator_with_hook_event_and_level() {
    let world = Given::new().hook("a", "log", "").start().await;
    world.create().id("e1").await.accepted();
    let lines = world.log();
    assert!(lines.iter().all(|line| &*line.hook == "a" && &*line.event == "e1"));
    let lines: Vec<_> =
        lines.iter().map(|line| (line.level, line.context.as_str(), line.message.as_str())).collect();
    let expected = [
        (Level::Trace, "", "one"),
        (Level::Debug, "", "two"),
        (Level::Info, "", "three"),
        (Level::Warn, "", "four"),
        (Level::Error, "", "five"),
        (Level::Info, "stdout", "six"),
        (Level::Info, "stdout", "seven"),
        (Level::Info, "stderr", "eight"),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_flood_is_bounded_and_said_and_cannot_steer_a_terminal() {
    let world = Given::new().hook("a", "flood", "[limits]\nlog = '4KiB'").start().await;
    world.create().await.accepted();
    let lines = world.log_of("a");
    let bytes: usize = lines.iter().map(String::len).sum();
    assert!(bytes < 5 * 1024, "{bytes} bytes");
    assert_eq!(lines[0], r"warn: \u{1b}]0;owned\u{7} \u{202e}desrever\nforged: line");
    assert!(lines.iter().all(|line| !line.chars().any(char::is_control)));
    let said = lines.last().unwrap();
    assert!(
        said.starts_with("warn: 7") && said.ends_with("bytes beyond the log limit were dropped"),
        "{said}"
    );
    world.create().await.accepted();
    assert_eq!(world.log_of("a").len(), 2 * lines.len(), "the limit is per call");
}

#[tokio::test]
async fn the_default_fuel_and_memory_parse_the_largest_data_into_a_tree() {
    let world = Given::new().hook("a", "parse", "").start().await;
    let items = vec![r#"{"id":1}"#; 256 * 1024 / 9 - 1].join(",");
    let data = format!("[{items}]");
    assert!(data.len() > 255 * 1024 && data.len() <= 256 * 1024);
    let answer = world.create().data(&data).await;
    answer.data_is(format!("{{\"values\":{}}}", 2 * (256 * 1024 / 9 - 1) + 1));
}
