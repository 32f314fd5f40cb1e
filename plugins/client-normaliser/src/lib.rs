//! Brings the details of clients into one form before they are stored.
//!
//! | field | form |
//! |---|---|
//! | `name` | no blanks around it, one between words |
//! | `email` | lower case, no blanks around it |
//! | `phone` | digits after a `+`: `0049 (30) 12-34` becomes `+49301234` |
//! | `country` | upper case |
//!
//! A phone number with a single leading zero is a national one; it becomes international by the property
//! `country_code`, such as `"49"`, and keeps its zero where that is not set. Whatever is in form already, or
//! is no text, is left alone.

use tenterhook_sdk::prelude::*;
use tenterhook_sdk::serde_json::Map;

#[hook(
    on = ["billing.before.clients.create", "billing.before.clients.update"],
    priority = 10,
    name = "Client normaliser",
    description = "Brings the details of clients into one form before they are stored",
    on_failure = "accept"
)]
fn client_normaliser(event: Event<Map<String, Value>>) -> Result<Verdict> {
    let code: Option<String> = property("country_code")?;
    let mut patch = Map::new();
    for (field, value) in &event.data {
        let Value::String(text) = value else { continue };
        let normal = match field.as_str() {
            "name" => text.split_whitespace().collect::<Vec<_>>().join(" "),
            "email" => text.trim().to_lowercase(),
            "phone" => phone(text, code.as_deref()),
            "country" => text.trim().to_uppercase(),
            _ => continue,
        };
        if normal != *text {
            patch.insert(field.clone(), normal.into());
        }
    }
    Ok(if patch.is_empty() { accept() } else { amend(patch) })
}

/// The number in international form, or as it was if it holds anything but a number.
fn phone(text: &str, code: Option<&str>) -> String {
    let number: String = text.chars().filter(|c| !" \t-./()".contains(*c)).collect();
    let (prefix, digits) = match (number.strip_prefix('+').or(number.strip_prefix("00")), code) {
        (Some(digits), _) => ("+".to_owned(), digits),
        (None, Some(code)) if number.starts_with('0') => (format!("+{code}"), &number[1..]),
        (None, _) => (String::new(), number.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    prefix + digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalise(data: Value) -> Result<Verdict> {
        let event = test::event("billing.before.clients.create").subject("12").data(data);
        test::Host::new().property("country_code", "49").run(|| client_normaliser(event))
    }

    #[test]
    fn what_is_out_of_form_is_amended_and_nothing_else() {
        let client = json!({
            "id": 12, "name": "  My   name ", "email": "Info@Example.COM", "phone": "030 / 12-34",
            "country": "DE", "companies_id": 3,
        });
        let patch = json!({"name": "My name", "email": "info@example.com", "phone": "+49301234"});
        assert_eq!(normalise(client), Ok(amend(patch)));
    }

    #[test]
    fn what_is_in_form_is_accepted() {
        assert_eq!(normalise(json!({"id": 12, "name": "My changed name"})), Ok(accept()));
        assert_eq!(normalise(json!({"name": null, "phone": 49301234})), Ok(accept()));
        assert_eq!(normalise(json!({})), Ok(accept()));
    }

    #[test]
    fn phone_numbers_become_international() {
        for (text, code, normal) in [
            ("0049 (30) 12-34", None, "+49301234"),
            ("+49.30.1234", Some("1"), "+49301234"),
            ("030 1234", Some("49"), "+49301234"),
            ("030 1234", None, "0301234"),
            ("110", Some("49"), "110"),
            ("ask Ann", Some("49"), "ask Ann"),
            ("", None, ""),
        ] {
            assert_eq!(phone(text, code), normal);
        }
    }
}
