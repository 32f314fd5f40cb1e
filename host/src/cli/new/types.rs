//! Rust types that take in JSON, made from an example.

use crate::data::Members;
use serde_json::value::RawValue;

/// Words that no field may be called.
const KEYWORDS: [&str; 8] = ["type", "ref", "use", "mod", "fn", "in", "self", "where"];

/// Structs, each once.
#[derive(Default)]
pub(super) struct Types(Vec<(String, String)>);

impl Types {
    /// Makes a struct of an object, and of what is in it; the name of its type. Without any field it is JSON of
    /// any shape.
    pub(super) fn object(&mut self, name: &str, json: &str, optional: &[String]) -> String {
        let Members(members) = Members::of(json).unwrap_or_default();
        if members.is_empty() {
            return "Value".into();
        }
        let mut fields = String::new();
        for (key, value) in members {
            let field = field(&key);
            if field != key {
                fields += &format!("    #[serde(rename = {key:?})]\n");
            }
            let of = self.of(&key, value.get());
            let of = if optional.contains(&key) { format!("Option<{of}>") } else { of };
            fields += &format!("    {field}: {of},\n");
        }
        self.add(name, fields)
    }

    /// The structs as they are written, in the order in which they were asked for.
    pub(super) fn text(&self) -> String {
        let one = |(name, fields): &(String, String)| {
            format!("#[derive(Debug, Deserialize)]\n#[allow(dead_code)]\nstruct {name} {{\n{fields}}}\n")
        };
        self.0.iter().map(one).collect::<Vec<_>>().join("\n")
    }

    fn add(&mut self, name: &str, fields: String) -> String {
        let mut unique = name.to_owned();
        for number in 2.. {
            match self.0.iter().find(|(known, _)| *known == unique) {
                Some((_, known)) if *known == fields => return unique,
                Some(_) => unique = format!("{name}{number}"),
                None => break,
            }
        }
        self.0.push((unique.clone(), fields));
        unique
    }

    fn of(&mut self, key: &str, json: &str) -> String {
        match json.as_bytes().first() {
            Some(b'"') => "String".into(),
            Some(b't' | b'f') => "bool".into(),
            Some(b'{') => self.object(&pascal(key), json, &[]),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
                let item = items.first().map(|item| item.get()).unwrap_or_default();
                format!("Vec<{}>", self.of(key.strip_suffix('s').unwrap_or(key), item))
            }
            Some(b'-' | b'0'..=b'9') if json.contains(['.', 'e', 'E']) => "f64".into(),
            Some(b'-' | b'0'..=b'9') => "i64".into(),
            _ => "Value".into(),
        }
    }
}

/// A key as the name of a field: `vdcUUID` is `vdc_uuid`.
pub(super) fn field(key: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for c in key.chars() {
        if c.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = c.is_lowercase() || c.is_ascii_digit();
        name.extend(if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }.to_lowercase());
    }
    if KEYWORDS.contains(&&*name) { name + "_" } else { name }
}

fn pascal(key: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    key.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_becomes_structs_and_what_is_the_same_is_there_once() {
        let mut types = Types::default();
        let json = r#"{"vdcUUID":"a","ram":1,"rate":1.5,"type":true,"rate_tables":[{"id":7}],"queue":{}}"#;
        assert_eq!(types.object("Server", json, &["ram".into()]), "Server");
        assert_eq!(types.object("Other", r#"{"rate_table":{"id":8}}"#, &[]), "Other");
        assert_eq!(types.object("Other", r#"{"id":8}"#, &[]), "Other2");
        assert_eq!(types.object("Nothing", "{}", &[]), "Value");
        let text = types.text();
        for line in [
            "    #[serde(rename = \"vdcUUID\")]\n    vdc_uuid: String,\n    ram: Option<i64>,\n    rate: f64,\n",
            "    #[serde(rename = \"type\")]\n    type_: bool,\n    rate_tables: Vec<RateTable>,\n    queue: Value,\n",
            "struct Other {\n    rate_table: RateTable,\n}",
        ] {
            assert!(text.contains(line), "{line}\nin\n{text}");
        }
        assert_eq!(text.matches("struct RateTable").count(), 1, "{text}");
    }
}
