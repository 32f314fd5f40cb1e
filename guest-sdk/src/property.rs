//! What the operator, else the author, set for this hook.
//!
//! A property is text: a string as it is, anything else as compact JSON. It is read into any type
//! that serde can read; `16`, `true` and `["a","b"]` mean what they mean in TOML. One that is not
//! set is `None`; one that is set wrong is an error, so that a guard with a slip of the pen in its
//! configuration fails instead of quietly going by its defaults.

use std::fmt::{self, Display};

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, Visitor,
};

/// The property, or `None` where it is not set.
///
/// # Errors
///
/// When its text is no `T`: `property "max_cpus": invalid value: string "many", expected u32`.
pub fn property<T: DeserializeOwned>(key: &str) -> Result<Option<T>, PropertyError> {
    let Some(text) = get(key)? else {
        return Ok(None);
    };
    T::deserialize(Text(&text)).map(Some).map_err(|error: PropertyError| error.of(key))
}

/// The property, or `default` where it is not set.
///
/// # Errors
///
/// As [`property`]: a property that is set wrong is never replaced by the default.
pub fn property_or<T: DeserializeOwned>(key: &str, default: T) -> Result<T, PropertyError> {
    Ok(property(key)?.unwrap_or(default))
}

/// All properties at once, each field of `T` read from the property of its name.
///
/// # Errors
///
/// As [`property`], and when one that `T` requires is not set. With `#[serde(deny_unknown_fields)]` also
/// when one is set that `T` does not know.
pub fn properties<T: DeserializeOwned>() -> Result<T, PropertyError> {
    let pairs = get_all()?;
    T::deserialize(Table(&pairs))
}

/// Why a property could not be read; names the property and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyError(String);

impl PropertyError {
    fn of(self, key: &str) -> Self {
        Self(format!("property {key:?}: {}", self.0))
    }
}

impl Display for PropertyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for PropertyError {}

impl de::Error for PropertyError {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self(format!("property {field:?} is not set"))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self(format!("property {field:?} is not known"))
    }
}

/// One property's text, read as whatever is asked for.
struct Text<'a>(&'a str);

impl<'de> Deserializer<'de> for Text<'de> {
    type Error = PropertyError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PropertyError> {
        // Text that is no JSON is a string, and the visitor says what it wanted instead.
        if serde_json::from_str::<IgnoredAny>(self.0).is_err() {
            return visitor.visit_str(self.0);
        }
        serde_json::Deserializer::from_str(self.0).deserialize_any(visitor).map_err(de::Error::custom)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PropertyError> {
        visitor.visit_str(self.0)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PropertyError> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PropertyError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PropertyError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PropertyError> {
        if self.0.starts_with('{') {
            let mut json = serde_json::Deserializer::from_str(self.0);
            return json.deserialize_enum(name, variants, visitor).map_err(de::Error::custom);
        }
        visitor.visit_enum(self.0.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// All properties, read as one struct or map.
struct Table<'a>(&'a [(String, String)]);

impl<'de> Deserializer<'de> for Table<'de> {
    type Error = PropertyError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PropertyError> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Table<'de> {
    type Error = PropertyError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, PropertyError> {
        let Some((key, _)) = self.0.first() else {
            return Ok(None);
        };
        seed.deserialize(key.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, PropertyError> {
        let Some(((key, text), rest)) = self.0.split_first() else {
            return Err(de::Error::invalid_length(0, &"a key before its value"));
        };
        self.0 = rest;
        seed.deserialize(Text(text)).map_err(|error| error.of(key))
    }
}

#[cfg(target_arch = "wasm32")]
fn get(key: &str) -> Result<Option<String>, PropertyError> {
    crate::bindings::wasi::config::store::get(key)
        .map_err(|error| PropertyError(format!("{error:?}")).of(key))
}

#[cfg(target_arch = "wasm32")]
fn get_all() -> Result<Vec<(String, String)>, PropertyError> {
    crate::bindings::wasi::config::store::get_all()
        .map_err(|error| PropertyError(format!("properties: {error:?}")))
}

#[cfg(not(target_arch = "wasm32"))]
fn get(key: &str) -> Result<Option<String>, PropertyError> {
    Ok(crate::test::properties(|all| all.get(key).cloned()))
}

#[cfg(not(target_arch = "wasm32"))]
fn get_all() -> Result<Vec<(String, String)>, PropertyError> {
    Ok(crate::test::properties(|all| all.clone().into_iter().collect()))
}
