//! JSON as text: where a value stands, the same value in one way of writing it, and over several lines.

use crate::data::Members;
use serde_json::value::RawValue;

/// Where a value that is part of a text begins in it.
pub(super) fn offset(text: &str, raw: &RawValue) -> usize {
    (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

/// The line on which a value begins.
pub(super) fn line(text: &str, raw: &RawValue) -> usize {
    line_at(text, offset(text, raw))
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
}

/// The line on which a key stands for the second time, as far as it is written plainly.
pub(super) fn line_of_second(text: &str, key: &str) -> usize {
    let quoted = serde_json::Value::from(key).to_string();
    text.match_indices(&quoted).nth(1).map_or(1, |(at, _)| line_at(text, at))
}

/// A value, cut so that it fits into a message.
pub(super) fn short(raw: &RawValue) -> String {
    crate::log::harmless(raw.get(), 40)
}

/// The same value with sorted keys, plain strings and no space: equal values are equal texts. Numbers stay as they are
/// written, because hooks may tell 1 from 1.0.
pub(super) fn canonical(json: &str) -> String {
    let json = json.trim();
    let text = |text: &str| serde_json::Value::from(text).to_string();
    match json.as_bytes().first() {
        Some(b'{') => {
            let mut members = Members::of(json).map(|members| members.0).unwrap_or_default();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            let member = |(key, raw): &(String, &RawValue)| format!("{}:{}", text(key), canonical(raw.get()));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
            format!("[{}]", items.iter().map(|raw| canonical(raw.get())).collect::<Vec<_>>().join(","))
        }
        Some(b'"') => {
            serde_json::from_str::<String>(json).map_or_else(|_| json.to_owned(), |plain| text(&plain))
        }
        _ => json.to_owned(),
    }
}

/// A checked JSON text over several lines, its values as they are written.
pub(super) fn pretty(json: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let mut characters = json.chars().filter(|c| !c.is_ascii_control()).peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(c) = characters.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            ' ' => {}
            '{' | '[' => {
                while characters.peek() == Some(&' ') {
                    characters.next();
                }
                out.push(c);
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    out
}

/// A text of several lines as the value of a member.
pub(super) fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}
