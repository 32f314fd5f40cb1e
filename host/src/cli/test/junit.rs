//! The report of a run in the shape that JUnit gave it, which every continuous integration reads.

use super::Ran;

/// A suite with a test for each case.
pub(super) fn report(hook: &str, ran: &[Ran]) -> String {
    let failures = ran.iter().filter(|ran| !ran.passed()).count();
    let micros: u64 = ran.iter().map(|ran| ran.judged.micros).sum();
    let counts =
        format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"{}\"", ran.len(), seconds(micros));
    let name = escaped(hook);
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n");
    xml += &format!("  <testsuite name=\"{name}\" {counts}>\n");
    for one in ran {
        let (case, time) = (escaped(&one.case.name), seconds(one.judged.micros));
        let file = escaped(&one.case.file.display().to_string());
        xml += &format!("    <testcase classname=\"{name}\" name=\"{case}\" file=\"{file}\" time=\"{time}\"");
        if one.passed() {
            xml += "/>\n";
            continue;
        }
        let lines = one.judged.complaints();
        let first = lines.first().map_or("", |line| line.as_str());
        let message = if one.judged.diff.is_empty() { first } else { "the outcome is not the expected one" };
        let text = escaped(&lines.join("\n"));
        xml += &format!(
            ">\n      <failure message=\"{}\">{text}</failure>\n    </testcase>\n",
            escaped(message)
        );
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Text that is only text in XML; what XML cannot hold at all is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_written_ends_what_it_stands_in() {
        assert_eq!(escaped("a<b>\"&\u{1b}[0m\n"), "a&lt;b&gt;&quot;&amp;\u{fffd}[0m\n");
        assert_eq!(seconds(1_000_042), "1.000042");
    }
}
