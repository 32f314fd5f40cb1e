//! Which events are let in.

use super::*;

type Facets = Vec<(String, String)>;

fn admit(event: Event) -> Result<Facets, Vec<String>> {
    let catalogue = Catalogue::built_in();
    let admitted = catalogue.admit(event, 1000);
    admitted.map(|admitted| facets(&admitted)).map_err(|p| p.iter().map(ToString::to_string).collect())
}

fn facets(admitted: &Admitted<'_>) -> Facets {
    admitted.facets().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn pairs(facets: &[(&str, &str)]) -> Facets {
    facets.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

#[test]
fn facets_come_from_facets_or_attributes_in_the_order_of_the_catalogue() {
    let event =
        Event::new("charging.api.pre_validate", "t").facet("action", "Insert").attribute("table", "Account");
    let filled = pairs(&[("table", "Account"), ("resource", "Account"), ("action", "Insert")]);
    assert_eq!(admit(event), Ok(filled));
}

#[test]
fn an_option_is_filled_only_where_there_are_none() {
    // R6
    assert_eq!(admit(Event::new("cloud.pre_payment", "t")), Ok(pairs(&[("option", "ANY")])));
    assert_eq!(
        admit(Event::new("cloud.pre_create", "t")).unwrap_err(),
        ["cloud.pre_create needs the facet \"option\", such as option=FIREWALL_TEMPLATE"]
    );
    assert_eq!(
        admit(Event::new("cloud.pre_create", "t").facet("option", "ANY")).unwrap_err(),
        ["cloud.pre_create happens with one option, so \"ANY\" is none"]
    );
}

#[test]
fn everything_wrong_is_said_at_once() {
    let event = Event::new("cloud.post_server_state_change", "")
        .time("yesterday")
        .facet("option", "RUNING")
        .facet("table", "Account")
        .attribute("Tenant", "x")
        .attribute("cause", "forged");
    assert_eq!(
        admit(event).unwrap_err(),
        [
            "the source is empty",
            "\"yesterday\" is no time, write it as in 2026-01-31T12:00:00Z (RFC 3339)",
            "\"Tenant\" is no name for an attribute: use a-z and 0-9",
            "cloud.post_server_state_change has no facet \"table\"; it has: option",
            "\"RUNING\" is no option of cloud.post_server_state_change, did you mean \"RUNNING\"?",
        ]
    );
}

#[test]
fn an_unknown_event_is_found_by_slip_by_last_part_and_by_native_name() {
    for name in ["cloud.pre_creat", "pre_create", "PRE_CREATE"] {
        let hinted = format!("unknown event {name:?}, did you mean \"cloud.pre_create\"?");
        assert_eq!(admit(Event::new(name, "t")), Err(vec![hinted]));
    }
}

#[test]
fn an_open_enum_takes_a_new_value_with_a_warning() {
    let event = Event::new("cloud.pre_admin_api_call", "t").facet("option", "newMethod");
    let catalogue = Catalogue::built_in();
    let admitted = catalogue.admit(event, 1000).unwrap();
    assert_eq!(facets(&admitted), pairs(&[("option", "newMethod")]));
    assert_eq!(admitted.warnings.len(), 1);
}
