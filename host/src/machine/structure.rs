//! Structural limits: what a component may consist of, looked at before anything is compiled.
//!
//! Real hooks stay far below: of those in Rust, C, JavaScript and Python the largest had a loop depth of 21, a
//! block depth of 781, a body of 427 KB, 271 locals, 13,000 functions, 10,000 data segments, 23 nested
//! components. What is above is made to be slow to compile.

use wasmparser::{FunctionBody, Operator, Parser, Payload};

const LOOP_DEPTH_MAX: usize = 64;
const BLOCK_DEPTH_MAX: usize = 2_000;
const BODY_BYTES_MAX: usize = 1 << 20;
const LOCALS_MAX: u64 = 2_000;
const FUNCTIONS_MAX: u64 = 50_000;
const SEGMENTS_MAX: u64 = 20_000;
const NESTED_MAX: u64 = 100;
const INSTANCES_MAX: u64 = 1_000;

/// Says what exceeds a limit. The bytes must be valid already.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let mut count = Count::default();
    for payload in Parser::new(0).parse_all(bytes) {
        count.payload(&payload.map_err(|error| error.to_string())?)?;
    }
    Ok(())
}

#[derive(Default)]
struct Count {
    functions: u64,
    segments: u64,
    nested: u64,
    instances: u64,
}

impl Count {
    fn payload(&mut self, payload: &Payload<'_>) -> Result<(), String> {
        let add = |count: &mut u64, n: u64, max: u64, what: &str| {
            *count += n;
            at_most(*count, max, what)
        };
        match payload {
            Payload::CodeSectionEntry(entry) => {
                add(&mut self.functions, 1, FUNCTIONS_MAX, "functions")?;
                body(entry)
            }
            Payload::DataSection(data) => {
                add(&mut self.segments, data.count().into(), SEGMENTS_MAX, "data segments")
            }
            Payload::ElementSection(elements) => {
                add(&mut self.segments, elements.count().into(), SEGMENTS_MAX, "segments")
            }
            Payload::ComponentSection { .. } | Payload::ModuleSection { .. } => {
                add(&mut self.nested, 1, NESTED_MAX, "nested components and modules")
            }
            Payload::InstanceSection(section) => {
                add(&mut self.instances, section.count().into(), INSTANCES_MAX, "instances")
            }
            Payload::ComponentInstanceSection(section) => {
                add(&mut self.instances, section.count().into(), INSTANCES_MAX, "instances")
            }
            _ => Ok(()),
        }
    }
}

fn body(body: &FunctionBody<'_>) -> Result<(), String> {
    let range = body.range();
    at_most((range.end - range.start) as u64, BODY_BYTES_MAX as u64, "bytes of one function")?;
    let mut locals = 0;
    for group in body.get_locals_reader().map_err(|error| error.to_string())? {
        locals += u64::from(group.map_err(|error| error.to_string())?.0);
        at_most(locals, LOCALS_MAX, "locals of one function")?;
    }
    // Whether each open block is a loop.
    let mut open: Vec<bool> = Vec::new();
    let mut loops = 0;
    for operator in body.get_operators_reader().map_err(|error| error.to_string())? {
        match operator.map_err(|error| error.to_string())? {
            Operator::Block { .. } | Operator::If { .. } => open.push(false),
            Operator::Loop { .. } => {
                open.push(true);
                loops += 1;
            }
            Operator::End if open.pop() == Some(true) => loops -= 1,
            _ => {}
        }
        at_most(loops as u64, LOOP_DEPTH_MAX as u64, "loops within each other")?;
        at_most(open.len() as u64, BLOCK_DEPTH_MAX as u64, "blocks within each other")?;
    }
    Ok(())
}

fn at_most(count: u64, max: u64, what: &str) -> Result<(), String> {
    if count > max { Err(format!("more than {max} {what}")) } else { Ok(()) }
}
