//! What must not be said: secrets, in each of the shapes in which a guest says a text.

use super::harmless;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What stands where a secret stood.
const MASK: &str = "***";
/// Lines of a secret that are shorter are no secret by themselves.
const LINE_BYTES_MIN: usize = 4;

/// Hides secrets in what a guest says. It knows them as they are, line by line, and escaped as in a log, in JSON and
/// in Rust; a guest that encodes them in another way is not stopped.
#[derive(Clone, Default)]
pub(crate) struct Mask(Option<Arc<[String]>>);

impl Mask {
    /// Hides these texts.
    pub(crate) fn of<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut shapes: Vec<String> = secrets.flat_map(shapes).filter(|shape| !shape.is_empty()).collect();
        // Of two of which one holds the other, the longer is hidden whole.
        shapes.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        shapes.dedup();
        Self((!shapes.is_empty()).then(|| shapes.into()))
    }

    /// A text without the secrets.
    pub(crate) fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for shape in self.0.iter().flat_map(|shapes| shapes.iter()) {
            if text.contains(shape) {
                text = Cow::Owned(text.replace(shape, MASK));
            }
        }
        text
    }
}

/// Without the secrets.
impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask")
    }
}

fn shapes(secret: &str) -> Vec<String> {
    let long_enough = |line: &&str| line.len() >= LINE_BYTES_MIN;
    let lines = secret.lines().map(str::trim).filter(long_enough);
    let whole = std::iter::once(secret);
    let shapes = |text: &str| {
        [text.to_owned(), harmless(text, usize::MAX), quoted(text), text.escape_debug().to_string()]
    };
    whole.chain(lines).flat_map(shapes).collect()
}

/// The text as it stands between the quotes of a JSON string.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_shape() {
        let mask = Mask::of(["ge\the\"im", "", "ge\the\"im und mehr"].into_iter());
        let said = format!("x ge\the\"im {} {:?} {}", r#"ge\the\"im"#, "ge\the\"im und mehr", r#"ge\the"im"#);
        assert_eq!(mask.hide(&said), "x *** *** \"***\" ***");
        assert_eq!(format!("{mask:?}"), "Mask");
        assert_eq!(Mask::default().hide("anything"), "anything");
    }

    #[test]
    fn a_key_of_many_lines_is_hidden_line_by_line() {
        let mask = Mask::of(std::iter::once("-- begin --\nAAAABBBB\r\n}\n-- end --"));
        for line in ["AAAABBBB", "-- begin --", "-- begin --\\nAAAABBBB\\r\\n}\\n-- end --"] {
            assert_eq!(mask.hide(&format!("<{line}>")), "<***>");
        }
        assert_eq!(mask.hide("}"), "}");
    }
}
