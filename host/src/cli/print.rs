//! Writes to the terminal, to a file or into a pipe: colours, tables, JSON, problems.
//!
//! A closed pipe (`| head`) silences a command, it does not stop it: the exit code stays true.

use crate::log::{LogLine, harmless};
use crate::problem::{Place, Problem};
use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use std::io::{self, Stdout, Write};

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default().bold();

/// A text in a style. Where colours are not wanted, the stream takes them away again.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if style == PLAIN { text.to_owned() } else { format!("{style}{text}{style:#}") }
}

/// A text of somebody else's, fit for one line of a terminal.
pub(crate) fn safe(text: &str) -> String {
    harmless(text, 2000)
}

/// Standard output.
pub(crate) struct Out {
    stream: AutoStream<Stdout>,
    error: Option<io::Error>,
}

impl Default for Out {
    fn default() -> Self {
        Self { stream: AutoStream::auto(io::stdout()), error: None }
    }
}

impl Out {
    /// Writes a line.
    pub(crate) fn line(&mut self, line: &str) {
        self.text(&format!("{line}\n"));
    }

    /// Writes a text that brings its own newlines.
    pub(crate) fn text(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = self.stream.write_all(text.as_bytes()).err();
        }
    }

    /// Writes a JSON text on one line.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> serde_json::Result<()> {
        self.line(&one_line(&serde_json::to_string(value)?));
        Ok(())
    }

    /// Has what was written seen now.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self.stream.flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    /// Flushes, and says what went wrong since the beginning; that nobody reads on is not wrong.
    pub(crate) fn end(mut self) -> io::Result<()> {
        let error = self.error.take().or_else(|| self.stream.flush().err());
        match error {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

/// The same JSON without line breaks between its tokens, and with every character escaped that a
/// terminal could take for an order.
pub(crate) fn one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let mut after_break = false;
    for c in json.chars() {
        match c {
            // A string cannot contain them as they are, so this is between two tokens.
            '\n' | '\r' => after_break = true,
            ' ' | '\t' if after_break => {}
            '\0'..='\x7e' => {
                after_break = false;
                line.push(c);
            }
            c if harmless(c.encode_utf8(&mut [0; 4]), 4).starts_with('\\') => {
                line += &format!("\\u{:04x}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line
}

/// Cells in aligned columns.
#[derive(Default)]
pub(crate) struct Table(Vec<Vec<Cell>>);

/// A text and how it is shown.
pub(crate) struct Cell {
    text: String,
    style: Style,
    right: bool,
}

/// A cell of a table.
pub(crate) fn cell(style: Style, text: impl Into<String>) -> Cell {
    Cell { text: text.into(), style, right: false }
}

/// A cell of a column of numbers.
pub(crate) fn number(text: impl Into<String>) -> Cell {
    Cell { right: true, ..cell(PLAIN, text) }
}

impl Table {
    pub(crate) fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.0.push(cells.into());
    }

    /// The rows as lines, columns aligned and two spaces apart. A row may be shorter than others.
    pub(crate) fn lines(&self) -> Vec<String> {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<Cell>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| cell.aligned(*width));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.0.iter().map(line).collect()
    }
}

impl Cell {
    fn aligned(&self, width: usize) -> String {
        let space = " ".repeat(width - self.text.chars().count());
        let text = paint(self.style, &self.text);
        if self.right { space + &text } else { text + &space }
    }
}

/// A number of things, in words: `1 hook`, `2 hooks`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// A size for people.
pub(crate) fn size(bytes: u64) -> String {
    bytesize::ByteSize::b(bytes).to_string()
}

/// A problem on one line: `hooks/a.toml:3: error: what, hint`.
pub(crate) fn problem(problem: &Problem) -> String {
    let word = if problem.is_error() { paint(RED, "error:") } else { paint(YELLOW, "warning:") };
    let place = safe(&problem.place.to_string());
    let place = if place.is_empty() { place } else { paint(BOLD, &format!("{place}:")) + " " };
    let hint = problem.hint.as_ref().map(|hint| format!(", {hint}")).unwrap_or_default();
    format!("{place}{word} {}", safe(&format!("{}{hint}", problem.message)))
}

/// Writes problems to standard error.
pub(crate) fn complain<'a>(problems: impl IntoIterator<Item = &'a Problem>) {
    for found in problems {
        note(&problem(found));
    }
}

/// Writes an error to standard error.
pub(crate) fn error(message: &str) {
    complain([&Problem::error(Place::default(), message)]);
}

/// Writes what a hook logs to standard error.
pub(crate) fn log(line: LogLine) {
    let LogLine { hook, level, context, message, .. } = line;
    let context = if context.is_empty() { context } else { format!(" {context}") };
    note(&format!("{} {message}", paint(DIM, &format!("{hook} {level}{context}:"))));
}

/// Writes a line to standard error. Where that is closed, there is nobody left to tell.
pub(crate) fn note(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_on_one_line_and_cannot_steer_a_terminal() {
        let json = "{\"a b\": [\n    1,\r\n\t2 ],\"c\":\"\u{9b}31m \u{202e}é\"}";
        let line = one_line(json);
        assert_eq!(line, "{\"a b\": [1,2 ],\"c\":\"\\u009b31m \\u202eé\"}");
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).ok();
        assert!(value(&line).is_some());
        assert_eq!(value(&line), value(json));
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::default();
        table.row([cell(PLAIN, "é"), number("1"), cell(PLAIN, "x")]);
        table.row([cell(PLAIN, "bcd"), number("22"), cell(PLAIN, "")]);
        assert_eq!(table.lines(), ["é     1  x", "bcd  22"]);
    }
}
