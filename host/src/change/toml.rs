//! A JSON object written into an operator's TOML, so that comments and order survive.

use crate::data::Members;
use serde_json::value::RawValue;
use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, TableLike, Value};

/// How an object is written into what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// As a merge patch (RFC 7396): what it does not name stays, `null` takes away.
    Merge,
    /// As the whole: what it does not name goes.
    Replace,
}

/// Writes the members of an object into a table. Says which values TOML cannot hold.
pub(super) fn write(
    table: &mut dyn TableLike,
    Members(members): Members<'_>,
    how: How,
    problems: &mut Vec<String>,
) {
    if how == How::Replace {
        let named = |key: &str| members.iter().any(|(name, _)| name == key);
        let gone: Vec<String> =
            table.iter().map(|(key, _)| key.to_owned()).filter(|key| !named(key)).collect();
        gone.iter().for_each(|key| drop(table.remove(key)));
    }
    for (key, raw) in members {
        if raw.get() == "null" {
            table.remove(&key);
            continue;
        }
        let inner = table.get_mut(&key).and_then(Item::as_table_like_mut);
        if let (Some(inner), Some(members)) = (inner, Members::of(raw.get())) {
            write(inner, members, how, problems);
        } else if let Some(item) = item(&key, raw, problems) {
            put(table, &key, item);
        }
    }
}

/// Sets a key. A value that stays the same stays as it is written; another keeps the comment behind it.
fn put(table: &mut dyn TableLike, key: &str, item: Item) {
    match table.get_mut(key) {
        Some(old) if plain(old) == plain(&item) => {}
        Some(Item::Value(old)) => {
            // What stands in a line stays in a line: an inline table can hold nothing else.
            if let Ok(mut new) = item.into_value() {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
        }
        Some(old) => *old = item,
        None => drop(table.insert(key, item)),
    }
}

/// A member as an item of the table that it stands in: an object as a table of its own, objects as many.
fn item(key: &str, raw: &RawValue, problems: &mut Vec<String>) -> Option<Item> {
    if let Some(members) = Members::of(raw.get()) {
        return Some(Item::Table(object(members, problems)));
    }
    let list: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    let objects: Option<Vec<_>> = list.iter().map(|raw| Members::of(raw.get())).collect();
    if let Some(objects) = objects.filter(|objects| !objects.is_empty()) {
        let tables = objects.into_iter().map(|members| object(members, problems));
        return Some(Item::ArrayOfTables(tables.collect::<ArrayOfTables>()));
    }
    value(key, raw, problems).map(Item::Value)
}

fn object(Members(members): Members<'_>, problems: &mut Vec<String>) -> Table {
    let mut table = Table::new();
    for (key, raw) in members.into_iter().filter(|(_, raw)| raw.get() != "null") {
        if let Some(value) = value(&key, raw, problems) {
            table.insert(&key, Item::Value(value));
        }
    }
    table
}

fn value(key: &str, raw: &RawValue, problems: &mut Vec<String>) -> Option<Value> {
    let text = raw.get();
    let value = match text.as_bytes().first() {
        Some(b'{') => Members::of(text).map(|Members(members)| {
            let present = members.into_iter().filter(|(_, raw)| raw.get() != "null");
            let pairs = present.filter_map(|(key, raw)| Some((key.clone(), value(&key, raw, problems)?)));
            Value::InlineTable(pairs.collect::<InlineTable>())
        }),
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text).ok().map(|items| {
            Value::Array(items.into_iter().filter_map(|item| value(key, item, problems)).collect::<Array>())
        }),
        Some(b'"') => serde_json::from_str::<String>(text).ok().map(Value::from),
        Some(b't' | b'f') => Some(Value::from(text == "true")),
        Some(b'n') => None,
        _ => number(text),
    };
    if value.is_none() {
        problems.push(format!("{key:?}: TOML cannot hold {text}"));
    }
    value
}

fn number(text: &str) -> Option<Value> {
    match text.parse::<i64>() {
        Ok(integer) => Some(integer.into()),
        Err(_) if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => None,
        Err(_) => text.parse::<f64>().ok().filter(|float| float.is_finite()).map(Value::from),
    }
}

/// What an item says, however it is written.
fn plain(item: &Item) -> String {
    match item {
        Item::None => String::new(),
        Item::Value(value) => plain_value(value),
        Item::Table(table) => plain_table(table),
        Item::ArrayOfTables(tables) => {
            let tables = tables.iter().map(|table| plain_table(table));
            format!("[{}]", tables.collect::<Vec<_>>().join(","))
        }
    }
}

fn plain_table(table: &dyn TableLike) -> String {
    let mut pairs: Vec<String> = table.iter().map(|(key, item)| format!("{key:?}={}", plain(item))).collect();
    pairs.sort();
    format!("{{{}}}", pairs.join(","))
}

fn plain_value(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.value()),
        Value::Integer(integer) => integer.value().to_string(),
        Value::Float(float) => format!("{:?}", float.value()),
        Value::Boolean(boolean) => boolean.value().to_string(),
        Value::Datetime(time) => time.value().to_string(),
        Value::Array(array) => {
            format!("[{}]", array.iter().map(plain_value).collect::<Vec<_>>().join(","))
        }
        Value::InlineTable(table) => plain_table(table),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml_edit::DocumentMut;

    const TOML: &str = "# Ours.\nname = \"Quota\" # for people\npriority = 0x0A\n\n[limits]\nfuel = 1_000\n# Much.\nmemory = '16MiB'\n\n[[on]]\n# Servers only.\nevent = \"cloud.pre_create\"\noption = ['SERVER']\n";

    fn written(toml: &str, json: &str, how: How) -> String {
        let mut document: DocumentMut = toml.parse().unwrap();
        let mut problems = Vec::new();
        write(document.as_table_mut(), Members::of(json).unwrap(), how, &mut problems);
        assert_eq!(problems, [""; 0]);
        document.to_string()
    }

    #[test]
    fn a_patch_leaves_everything_else_as_it_is_written() {
        let patch = r#"{"name":"Cap","limits":{"fuel":null,"memory":"8MiB"},"properties":{"max":1.5,"of":[1,{"a":true}]}}"#;
        let expected =
            TOML.replace("\"Quota\"", "\"Cap\"").replace("fuel = 1_000\n", "").replace("'16MiB'", "\"8MiB\"");
        let added = "\n[properties]\nmax = 1.5\nof = [1, { a = true }]\n";
        assert_eq!(written(TOML, patch, How::Merge), expected + added);
    }

    #[test]
    fn a_whole_that_says_the_same_changes_nothing() {
        let same = r#"{"priority":10,"name":"Quota","on":[{"option":["SERVER"],"event":"cloud.pre_create"}],"limits":{"memory":"16MiB","fuel":1000}}"#;
        assert_eq!(written(TOML, same, How::Replace), TOML);
        let less = r#"{"name":"Quota","on":[{"event":"cloud.pre_delete"}]}"#;
        let expected = "# Ours.\nname = \"Quota\" # for people\n\n[[on]]\nevent = \"cloud.pre_delete\"\n";
        assert_eq!(written(TOML, less, How::Replace), expected);
    }

    #[test]
    fn what_toml_cannot_hold_is_named() {
        let mut document = DocumentMut::new();
        let mut problems = Vec::new();
        let json = r#"{"a":[1,null],"b":{"c":99999999999999999999},"d":1e999}"#;
        write(document.as_table_mut(), Members::of(json).unwrap(), How::Merge, &mut problems);
        let expected = [
            "\"a\": TOML cannot hold null",
            "\"c\": TOML cannot hold 99999999999999999999",
            "\"d\": TOML cannot hold 1e999",
        ];
        assert_eq!(problems, expected);
    }
}
