//! Which line of the source an instruction comes from, as a component's debug information has it.
//!
//! Read from the line tables alone, once, where the component is compiled: the rest of DWARF is a graph that somebody may
//! have made to be slow or deep, and where a guest traps its caller waits.

use gimli::{AttributeValue, DebugLine, DebugLineOffset, DebugLineStr, DebugStr, EndianSlice, LittleEndian};
use std::collections::HashMap;
use wasmparser::{Parser, Payload};

/// More than this many is no line table of a hook, and none is kept.
const ROWS_MAX: usize = 200_000;
/// Bytes of a module's line programs.
const PROGRAM_BYTES_MAX: usize = 8 << 20;
/// Folders of a file that are shown: enough to tell it from others, and not where it was built.
const FOLDERS: usize = 2;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// From which offset in the component on which line of which file it is; no line where nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    offset: u32,
    file: u32,
    line: u32,
}

/// The lines of a component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lines {
    files: Vec<String>,
    rows: Vec<Row>,
}

/// The sections of one module that matter.
#[derive(Default)]
struct Sections<'a> {
    code: Option<usize>,
    line: &'a [u8],
    line_str: &'a [u8],
    str: &'a [u8],
}

impl Lines {
    /// Reads the line tables of a valid component. What cannot be read is left out.
    pub(super) fn read(component: &[u8]) -> Self {
        let mut lines = Self::default();
        let mut files = HashMap::new();
        let mut open: Vec<Sections<'_>> = vec![Sections::default()];
        for payload in Parser::new(0).parse_all(component) {
            let Some(sections) = open.last_mut() else { break };
            match payload {
                Err(_) => break,
                Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => {
                    open.push(Sections::default());
                }
                Ok(Payload::CodeSectionStart { range, .. }) => sections.code = Some(range.start),
                Ok(Payload::CustomSection(section)) => match section.name() {
                    ".debug_line" => sections.line = section.data(),
                    ".debug_line_str" => sections.line_str = section.data(),
                    ".debug_str" => sections.str = section.data(),
                    _ => {}
                },
                Ok(Payload::End(_)) => {
                    // A broken table is one that ends early.
                    let _ = open.pop().map(|sections| lines.module(&sections, &mut files));
                }
                Ok(_) => {}
            }
        }
        lines.rows.sort_unstable();
        lines.rows.dedup_by_key(|row| (row.offset, row.file, row.line));
        if lines.rows.len() > ROWS_MAX { Self::default() } else { lines }
    }

    fn module(&mut self, sections: &Sections<'_>, files: &mut HashMap<String, u32>) -> gimli::Result<()> {
        let Some(code) = sections.code.filter(|_| sections.line.len() <= PROGRAM_BYTES_MAX) else {
            return Ok(());
        };
        let programs = DebugLine::new(sections.line, LittleEndian);
        let mut at = 0;
        while at < sections.line.len() && self.rows.len() <= ROWS_MAX {
            let program = programs.program(DebugLineOffset(at), 4, None, None)?;
            let format = program.header().format();
            at += program.header().unit_length() + usize::from(format.initial_length_size());
            self.program(program, code, sections, files)?;
        }
        Ok(())
    }

    fn program(
        &mut self,
        program: gimli::IncompleteLineProgram<Slice<'_>>,
        code: usize,
        sections: &Sections<'_>,
        files: &mut HashMap<String, u32>,
    ) -> gimli::Result<()> {
        let mut rows = program.rows();
        // The numbers of this program's files among all.
        let mut known: HashMap<u64, u32> = HashMap::new();
        let mut sequence: Vec<Row> = Vec::new();
        while let Some((header, row)) = rows.next_row()? {
            let index = row.file_index();
            let file = *known.entry(index).or_insert_with(|| {
                let name = sections.file(header, index).unwrap_or_default();
                *files.entry(name).or_insert_with_key(|name| {
                    self.files.push(name.clone());
                    (self.files.len() - 1) as u32
                })
            });
            let line = if row.end_sequence() { 0 } else { row.line().map_or(0, |line| line.get() as u32) };
            if let Some(offset) = u32::try_from(row.address()).ok().and_then(|at| at.checked_add(code as u32))
            {
                sequence.push(Row { offset, file, line });
            }
            if row.end_sequence() {
                // The linker moves what it threw away to the very beginning, where no function is.
                let is_alive = sequence.first().is_some_and(|row| row.offset > code as u32);
                self.rows.extend(sequence.drain(..).filter(|_| is_alive));
            }
            if self.rows.len() + sequence.len() > ROWS_MAX {
                self.rows.append(&mut sequence);
                return Ok(());
            }
        }
        Ok(())
    }

    /// File and line of the instruction at an offset in the component.
    pub(super) fn find(&self, offset: usize) -> Option<(&str, u32)> {
        let offset = u32::try_from(offset).ok()?;
        let after = self.rows.partition_point(|row| row.offset <= offset);
        let row = self.rows.get(after.checked_sub(1)?)?;
        let file = self.files.get(row.file as usize).filter(|file| !file.is_empty())?;
        (row.line > 0).then_some((file, row.line))
    }

    /// As bytes.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        let number = |number: usize, bytes: &mut Vec<u8>| bytes.extend((number as u32).to_le_bytes());
        number(self.files.len(), bytes);
        for file in &self.files {
            number(file.len(), bytes);
            bytes.extend(file.as_bytes());
        }
        number(self.rows.len(), bytes);
        for Row { offset, file, line } in &self.rows {
            [offset, file, line].into_iter().for_each(|part| bytes.extend(part.to_le_bytes()));
        }
    }

    /// From bytes that [`write`](Self::write) made.
    pub(super) fn of_bytes(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let mut lines = Self::default();
        for _ in 0..number(bytes)? {
            let length = number(bytes)? as usize;
            let (file, rest) = bytes.split_at_checked(length)?;
            lines.files.push(String::from_utf8(file.to_vec()).ok()?);
            *bytes = rest;
        }
        for _ in 0..number(bytes)? {
            lines.rows.push(Row { offset: number(bytes)?, file: number(bytes)?, line: number(bytes)? });
        }
        Some(lines)
    }
}

fn number(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

impl<'a> Sections<'a> {
    /// The last parts of a file's path.
    fn file(&self, header: &gimli::LineProgramHeader<Slice<'a>>, index: u64) -> Option<String> {
        let file = header.file(index)?;
        let mut path = file.directory(header).and_then(|folder| self.text(&folder)).unwrap_or_default();
        let name = self.text(&file.path_name())?;
        path = if name.starts_with('/') { name } else { format!("{path}/{name}") };
        let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        let first = parts.len().saturating_sub(FOLDERS + 1);
        Some(parts[first..].join("/"))
    }

    fn text(&self, value: &AttributeValue<Slice<'a>>) -> Option<String> {
        let text = match value {
            AttributeValue::String(text) => *text,
            AttributeValue::DebugLineStrRef(at) => {
                DebugLineStr::from(slice(self.line_str)).get_str(*at).ok()?
            }
            AttributeValue::DebugStrRef(at) => DebugStr::from(slice(self.str)).get_str(*at).ok()?,
            _ => return None,
        };
        Some(text.to_string_lossy().into_owned())
    }
}

fn slice(bytes: &[u8]) -> Slice<'_> {
    EndianSlice::new(bytes, LittleEndian)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_found() {
        let row = |offset, line| Row { offset, file: 0, line };
        let lines =
            Lines { files: vec!["src/lib.rs".into()], rows: vec![row(10, 3), row(20, 4), row(30, 0)] };
        let mut bytes = Vec::new();
        lines.write(&mut bytes);
        assert_eq!(Lines::of_bytes(&bytes).as_ref(), Some(&lines));
        assert_eq!(Lines::of_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(lines.find(9), None);
        assert_eq!(lines.find(10), Some(("src/lib.rs", 3)));
        assert_eq!(lines.find(29), Some(("src/lib.rs", 4)));
        assert_eq!(lines.find(30), None, "there the function ends");
    }
}
