//! Writes wasm that nobody would write by hand: `smith COUNT` makes modules and components out of noise,
//! `mutate COUNT FILE…` changes a module of components that are given.
//!
//! Each follows its length in four bytes, least first. The same arguments give the same bytes.

use arbitrary::Unstructured;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::process::ExitCode;
use wasm_mutate::WasmMutate;
use wasm_smith::{Component, Config, Module};
use wasmparser::{Parser, Payload};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (what, count) = (arguments.next(), arguments.next().and_then(|count| count.parse().ok()));
    let files: Vec<String> = arguments.collect();
    let mut out = BufWriter::new(io::stdout().lock());
    let done = match (what.as_deref(), count) {
        (Some("smith"), Some(count)) => smith(count, &mut out),
        (Some("mutate"), Some(count)) => mutate(count, &files, &mut out),
        _ => Err(io::Error::other("smith COUNT | mutate COUNT FILE…")),
    };
    match done.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// In turn a module in a component's clothes, a component, and a module with everything that wasm has.
fn smith(count: u64, out: &mut impl Write) -> io::Result<()> {
    for seed in 0..count {
        let noise = noise(seed, 256 + 4096 * (seed as usize % 4));
        let mut noise = Unstructured::new(&noise);
        let made = match seed % 3 {
            0 => Module::new(modest(), &mut noise).map(|module| wrapped(&module.to_bytes())),
            1 => Component::new(Config::default(), &mut noise).map(|component| component.to_bytes()),
            _ => noise
                .arbitrary::<Config>()
                .and_then(|config| Module::new(config, &mut noise).map(|module| wrapped(&module.to_bytes()))),
        };
        // Noise that is no wasm is passed over.
        if let Ok(wasm) = made {
            put(&wasm, out)?;
        }
    }
    Ok(())
}

/// What the host compiles, so that more of it gets as far as the compiler.
fn modest() -> Config {
    Config {
        gc_enabled: false,
        exceptions_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        custom_page_sizes_enabled: false,
        shared_everything_threads_enabled: false,
        wide_arithmetic_enabled: false,
        max_imports: 0,
        ..Config::default()
    }
}

/// A component whose one member is a module.
fn wrapped(module: &[u8]) -> Vec<u8> {
    [b"\0asm\x0d\0\x01\0", head(module.len()).as_slice(), module].concat()
}

/// Each component in turn, one of its modules changed once more every time until the changes lead nowhere.
fn mutate(count: u64, files: &[String], out: &mut impl Write) -> io::Result<()> {
    let originals = files.iter().map(std::fs::read).collect::<io::Result<Vec<_>>>()?;
    let modules: Vec<Range<usize>> = originals.iter().map(|component| largest_module(component)).collect();
    let mut current: Vec<Vec<u8>> =
        originals.iter().zip(&modules).map(|(c, at)| c[at.clone()].into()).collect();
    for seed in 0..count {
        let n = seed as usize % originals.len();
        let mut changes = WasmMutate::default();
        changes.seed(seed).fuel(200).preserve_semantics(seed % 5 == 0);
        let changed = changes.run(&current[n]).ok().and_then(|mut all| all.next()?.ok());
        let original = &originals[n][modules[n].clone()];
        match changed {
            Some(module) if module.len() < 2 * original.len() => {
                put(&replaced(&originals[n], modules[n].clone(), &module), out)?;
                current[n] = module;
            }
            _ => current[n] = original.into(),
        }
    }
    Ok(())
}

/// Where the largest module stands that is nested directly in a component.
fn largest_module(component: &[u8]) -> Range<usize> {
    let mut depth = 0;
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { unchecked_range, .. } => {
                if depth == 0 {
                    found.push(unchecked_range.start as usize..unchecked_range.end as usize);
                }
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    found.into_iter().max_by_key(Range::len).expect("a hook has a module")
}

/// A component with another module in the place of one.
fn replaced(component: &[u8], at: Range<usize>, module: &[u8]) -> Vec<u8> {
    let section = at.start - head(at.len()).len();
    [&component[..section], &head(module.len()), module, &component[at.end..]].concat()
}

/// How a section that holds a module begins: its number, and its length as LEB128.
fn head(mut length: usize) -> Vec<u8> {
    let mut head = vec![1];
    while length > 0x7f {
        head.push(length as u8 & 0x7f | 0x80);
        length >>= 7;
    }
    head.push(length as u8);
    head
}

fn put(wasm: &[u8], out: &mut impl Write) -> io::Result<()> {
    let length = u32::try_from(wasm.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(wasm)
}

/// Noise that a seed determines (splitmix64).
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0xD134_2543_DE82_EF95);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    std::iter::repeat_with(|| next().to_le_bytes()).flatten().take(bytes).collect()
}
