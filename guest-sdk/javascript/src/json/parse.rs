//! From a JSON text straight to the engine's values.

use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsArray;
use boa_engine::property::{PropertyDescriptor, PropertyKey};
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue};

/// Levels of arrays and objects; more would end the machine's stack.
const DEPTH_MAX: usize = 1_000;

pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    context: &'a mut Context,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, context: &'a mut Context) -> Self {
        Self { text, at: 0, depth: 0, context }
    }

    pub(super) fn whole(mut self) -> JsResult<JsValue> {
        let value = self.value()?;
        self.space();
        if self.at < self.text.len() { self.fail("more than one value") } else { Ok(value) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Whether the next thing but space is this byte, which is then behind it.
    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let eaten = self.peek() == Some(byte);
        self.at += usize::from(eaten);
        eaten
    }

    fn fail<T>(&self, what: &str) -> JsResult<T> {
        let message = format!("no JSON: {what} at byte {}", self.at);
        Err(JsNativeError::syntax().with_message(message).into())
    }

    fn value(&mut self) -> JsResult<JsValue> {
        self.space();
        match self.peek() {
            Some(b'{') => self.deeper(Self::object),
            Some(b'[') => self.deeper(Self::array),
            Some(b'"') => Ok(self.string()?.into()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", JsValue::from(true)),
            Some(b'f') => self.word("false", JsValue::from(false)),
            Some(b'n') => self.word("null", JsValue::null()),
            Some(_) => self.fail("no value"),
            None => self.fail("it ends too early"),
        }
    }

    fn deeper(&mut self, read: fn(&mut Self) -> JsResult<JsValue>) -> JsResult<JsValue> {
        if self.depth == DEPTH_MAX {
            return self.fail("more than 1000 levels");
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn word(&mut self, word: &str, value: JsValue) -> JsResult<JsValue> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        self.fail("no value")
    }

    fn array(&mut self) -> JsResult<JsValue> {
        let mut items = Vec::new();
        if !self.eat(b']') {
            loop {
                items.push(self.value()?);
                if !self.eat(b',') {
                    break;
                }
            }
            if !self.eat(b']') {
                return self.fail("no comma and no end of an array");
            }
        }
        Ok(JsArray::from_iter(items, self.context).into())
    }

    fn object(&mut self) -> JsResult<JsValue> {
        let object = JsObject::with_object_proto(self.context.intrinsics());
        if self.eat(b'}') {
            return Ok(object.into());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.fail("no name");
            }
            let name = PropertyKey::from(self.string()?);
            if !self.eat(b':') {
                return self.fail("no colon");
            }
            let value = self.value()?;
            object.insert_property(name, own(value));
            if !self.eat(b',') {
                break;
            }
        }
        if self.eat(b'}') { Ok(object.into()) } else { self.fail("no comma and no end of an object") }
    }

    fn number(&mut self) -> JsResult<JsValue> {
        let begin = self.at;
        let mut whole = true;
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let digits = self.digits()?;
        if digits > 1 && self.text.as_bytes()[self.at - digits] == b'0' {
            return self.fail("a number that begins with 0");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
            whole = false;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
            whole = false;
        }
        let text = &self.text[begin..self.at];
        let integer = (whole && digits < 10 && text != "-0").then(|| text.parse::<i32>().ok()).flatten();
        match integer {
            Some(integer) => Ok(integer.into()),
            None => text.parse::<f64>().map(JsValue::from).or_else(|_| self.fail("no number")),
        }
    }

    fn digits(&mut self) -> JsResult<usize> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == begin { self.fail("no digit") } else { Ok(self.at - begin) }
    }

    fn string(&mut self) -> JsResult<JsString> {
        self.at += 1;
        let begin = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let text = &self.text[begin..self.at];
                    self.at += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => return self.escaped(begin),
                Some(0..=0x1f) => return self.fail("a control character"),
                Some(_) => self.at += 1,
                None => return self.fail("a text without end"),
            }
        }
    }

    /// A text with escapes, which may hold half a surrogate pair.
    fn escaped(&mut self, begin: usize) -> JsResult<JsString> {
        let mut units: Vec<u16> = self.text[begin..self.at].encode_utf16().collect();
        loop {
            let plain = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            units.extend(self.text[plain..self.at].encode_utf16());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => units.push(self.escape()?),
                Some(_) => return self.fail("a control character"),
                None => return self.fail("a text without end"),
            }
        }
        self.at += 1;
        Ok(match String::from_utf16(&units) {
            Ok(text) => text.as_str().into(),
            Err(_) => units.as_slice().into(),
        })
    }

    fn escape(&mut self) -> JsResult<u16> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        self.at += 2;
        Ok(u16::from(match letter {
            Some(letter @ (b'"' | b'\\' | b'/')) => letter,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unit(),
            _ => return self.fail("an unknown escape"),
        }))
    }

    fn unit(&mut self) -> JsResult<u16> {
        let hex =
            self.text.get(self.at..self.at + 4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => self.fail("an escape without four digits"),
        }
    }
}

/// A property as an assignment makes it.
pub(crate) fn own(value: JsValue) -> PropertyDescriptor {
    PropertyDescriptor::builder().value(value).writable(true).enumerable(true).configurable(true).build()
}
