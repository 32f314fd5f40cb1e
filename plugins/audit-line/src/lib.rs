//! Logs one line per event and lets everything happen.
//!
//! One component for every area: it says `cloud.*` of itself, and its TOML may say another area. What is
//! logged are the event's name and its facets, subject, source and id, never its data. The property `level`
//! is `debug`, `info` (unless set) or `warn`.

use std::fmt::Write;

use tenterhook_sdk::prelude::*;

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Debug,
    #[default]
    Info,
    Warn,
}

#[hook(
    on = "cloud.*",
    priority = 1_000_000,
    name = "Audit line",
    description = "Logs one line per event",
    on_failure = "accept"
)]
fn audit_line(event: Event<RawJson>) -> Result<Verdict> {
    let line = line(&event)?;
    match property_or("level", Level::Info)? {
        Level::Debug => log::debug!("{line}"),
        Level::Info => log::info!("{line}"),
        Level::Warn => log::warn!("{line}"),
    }
    Ok(accept())
}

/// What others wrote is quoted, so that no event can forge a line.
fn line(event: &Event<RawJson>) -> Result<String> {
    let mut line = event.name.clone();
    for (facet, value) in &event.facets {
        write!(line, " {facet}={value:?}")?;
    }
    if let Some(subject) = &event.subject {
        write!(line, " subject={subject:?}")?;
    }
    if let Some(tenant) = event.tenant() {
        write!(line, " tenant={tenant:?}")?;
    }
    write!(line, " source={:?} id={:?}", event.source, event.id)?;
    if event.attempt > 1 {
        write!(line, " attempt={}", event.attempt)?;
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let event =
            test::event("cloud.pre_create").facet("option", "SERVER").subject("web\n1").data(json!({}));
        let mut host = test::Host::new();
        assert_eq!(host.run(|| audit_line(event)), Ok(accept()));
        let line = r#"info: cloud.pre_create option="SERVER" subject="web\n1" source="test" id="test-1""#;
        assert_eq!(host.log(), [line]);
    }

    #[test]
    fn a_repeated_delivery_says_so_at_the_level_chosen() {
        let event =
            test::event("billing.clients.create").told().attempt(3).attribute("tenant", "t1").data(json!({}));
        let mut host = test::Host::new().property("level", "warn");
        assert_eq!(host.run(|| audit_line(event)), Ok(accept()));
        assert_eq!(
            host.log(),
            [r#"warn: billing.clients.create tenant="t1" source="test" id="test-1" attempt=3"#]
        );
    }

    #[test]
    fn an_unknown_level_is_named() {
        let event = test::event("cloud.pre_create").data(json!({}));
        let failed = test::Host::new().property("level", "loud").run(|| audit_line(event));
        let message = "property \"level\": unknown variant `loud`, expected one of `debug`, `info`, `warn`";
        assert_eq!(failed, Err(message.into()));
    }
}
