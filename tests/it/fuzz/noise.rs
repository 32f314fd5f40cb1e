//! Noise: numbers that a seed determines, and what they do to bytes and texts.

use std::ops::Range;

/// What parsers trip over, in any language.
const NASTY: [&str; 40] = [
    "\u{feff}",
    "\0",
    "\r",
    "\n",
    "\u{2028}",
    "\u{10ffff}",
    "\\ud800",
    "\\udc00",
    "\\ud83d\\ude00",
    "\\u0000",
    "\\",
    "\"",
    "'",
    "\"\"\"",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "=",
    ":",
    ",",
    ".",
    "#",
    "null",
    "true",
    "-0",
    "1e999",
    "-1e-999",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "0x7fffffffffffffff",
    "340282366920938463463374607431768211456.5",
    "nan",
    "inf",
    "1979-05-27T07:32:00Z",
    "\"ANY\"",
    "é",
];

/// A generator of numbers (splitmix64).
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).expect("it is below an usize")
    }

    /// Once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Some of `length`, rarely much of it.
    fn range(&mut self, length: usize) -> Range<usize> {
        let from = self.below(length + 1);
        let most = if self.once_in(8) { length } else { 32 };
        from..(from + self.below(most)).min(length)
    }

    /// One to four changes to bytes.
    pub(super) fn changed_bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            self.change_bytes(&mut bytes);
        }
        bytes
    }

    fn change_bytes(&mut self, bytes: &mut Vec<u8>) {
        let range = self.range(bytes.len());
        let (at, value) = (self.below(bytes.len()), self.next().to_le_bytes()[0]);
        match self.below(8) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << (value % 8),
            1 if !bytes.is_empty() => bytes[at] = value,
            2 => bytes.insert(at, value),
            3 => drop(bytes.drain(range)),
            4 => {
                let copy = bytes[range].to_vec();
                drop(bytes.splice(at..at, copy));
            }
            5 => bytes.truncate(at),
            6 => bytes[range].fill(value),
            _ => {
                let nasty = self.pick(&NASTY).bytes();
                drop(bytes.splice(at..at, nasty));
            }
        }
    }

    /// One to four changes to a text, by bytes or by tokens, some of which are `words`.
    pub(super) fn changed_text(&mut self, text: &str, words: &[&str]) -> String {
        if self.once_in(3) {
            return String::from_utf8_lossy(&self.changed_bytes(text.as_bytes())).into_owned();
        }
        let mut tokens: Vec<String> = tokens(text);
        for _ in 0..=self.below(4) {
            self.change_tokens(&mut tokens, words);
        }
        tokens.concat()
    }

    fn change_tokens(&mut self, tokens: &mut Vec<String>, words: &[&str]) {
        let range = self.range(tokens.len());
        let (at, other) = (self.below(tokens.len()), self.below(tokens.len()));
        // Changes that multiply one another would make texts that no door takes.
        let long = tokens.get(at).is_none_or(|token| token.len() > 64);
        if tokens.is_empty() {
            return tokens.push((*self.pick(&NASTY)).to_owned());
        }
        match self.below(9) {
            0 => drop(tokens.drain(range)),
            1 => tokens.swap(at, other),
            2 => tokens[at] = tokens[other].clone(),
            3 => tokens[at] = (*self.pick(words)).to_owned(),
            4 => tokens[at] = (*self.pick(&NASTY)).to_owned(),
            5 => tokens.insert(at, (*self.pick(words)).to_owned()),
            6 => {
                let copy = tokens[range].to_vec();
                drop(tokens.splice(at..at, copy));
            }
            7 if !long => {
                let times = *self.pick(&[2, 50, 2000]);
                let (open, close) = *self.pick(&[("[", "]"), ("{\"a\":", "}"), ("{a=", "}"), ("\"", "\"")]);
                tokens[at] = open.repeat(times) + &tokens[at] + &close.repeat(times);
            }
            8 if !long => tokens[at] = tokens[at].repeat(*self.pick(&[2, 100, 5000])),
            _ => tokens[at].truncate(0),
        }
    }
}

/// A text in words, strings, and everything else a character each.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let (mut quote, mut in_word) = (None, false);
    for c in text.chars() {
        let is_word = c.is_alphanumeric() || "_.+-".contains(c);
        match tokens.last_mut() {
            Some(token) if quote.is_some() || (in_word && is_word) => token.push(c),
            _ => tokens.push(c.into()),
        }
        if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && (c == '"' || c == '\'') {
            quote = Some(c);
        }
        in_word = is_word && quote.is_none();
    }
    tokens
}
