//! `state`: what a hook keeps between events, as JSON.

use crate::bindings::wasi::keyvalue::store::{self, Bucket, Error};
use crate::bindings::wasi::keyvalue::{atomics, batch};
use crate::json::{self, property};
use crate::platform::failed;
use crate::realm::{functions, global};
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsArray;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsArgs, JsNativeError, JsResult, JsString, JsValue};

pub(crate) fn install(context: &mut Context) -> JsResult<()> {
    let state = functions(
        &[
            ("get", 1, get),
            ("set", 2, set),
            ("delete", 1, delete),
            ("exists", 1, exists),
            ("increment", 1, increment),
            ("keys", 0, keys),
            ("getMany", 1, get_many),
            ("setMany", 1, set_many),
            ("deleteMany", 1, delete_many),
        ],
        context,
    );
    global("state", state, context)
}

fn get(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = key(args.get_or_undefined(0))?;
    let bucket = bucket(context)?;
    let value = checked(bucket.get(&key), context)?;
    value.map_or_else(|| Ok(JsValue::undefined()), |bytes| read(&key, &bytes, context))
}

fn set(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = key(args.get_or_undefined(0))?;
    let value = written(args.get_or_undefined(1), context)?;
    let bucket = bucket(context)?;
    checked(bucket.set(&key, &value), context)?;
    Ok(JsValue::undefined())
}

fn delete(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = key(args.get_or_undefined(0))?;
    let bucket = bucket(context)?;
    checked(bucket.delete(&key), context)?;
    Ok(JsValue::undefined())
}

fn exists(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = key(args.get_or_undefined(0))?;
    let bucket = bucket(context)?;
    Ok(checked(bucket.exists(&key), context)?.into())
}

fn increment(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let key = key(args.get_or_undefined(0))?;
    let by = match args.get(1).filter(|by| !by.is_undefined()) {
        None => 1.0,
        Some(by) => by
            .as_number()
            .filter(|by| *by >= 0.0 && by.fract() == 0.0)
            .ok_or_else(|| wrong("it is incremented by a whole number from 0 on"))?,
    };
    let bucket = bucket(context)?;
    let number = checked(atomics::increment(&bucket, &key, by as u64), context)?;
    Ok((number as f64).into())
}

fn keys(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let bucket = bucket(context)?;
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = checked(bucket.list_keys(cursor), context)?;
        found.extend(page.keys.iter().map(|key| JsValue::from(JsString::from(key.as_str()))));
        cursor = page.cursor;
        if cursor.is_none() {
            return Ok(JsArray::from_iter(found, context).into());
        }
    }
}

fn get_many(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let keys = list(args.get_or_undefined(0), context)?;
    let bucket = bucket(context)?;
    let found = checked(batch::get_many(&bucket, &keys), context)?;
    let object = JsObject::with_object_proto(context.intrinsics());
    for (key, bytes) in found.into_iter().flatten() {
        let value = read(&key, &bytes, context)?;
        object.insert_property(JsString::from(key.as_str()), property(value));
    }
    Ok(object.into())
}

fn set_many(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let object =
        args.get_or_undefined(0).as_object().ok_or_else(|| wrong("state.setMany(object) takes an object"))?;
    let mut pairs = Vec::new();
    for name in object.own_property_keys(context)? {
        let PropertyKey::Symbol(_) = &name else {
            let value = object.get(name.clone(), context)?;
            pairs.push((name.to_string(), written(&value, context)?));
            continue;
        };
    }
    let bucket = bucket(context)?;
    checked(batch::set_many(&bucket, &pairs), context)?;
    Ok(JsValue::undefined())
}

fn delete_many(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let keys = list(args.get_or_undefined(0), context)?;
    let bucket = bucket(context)?;
    checked(batch::delete_many(&bucket, &keys), context)?;
    Ok(JsValue::undefined())
}

fn key(value: &JsValue) -> JsResult<String> {
    value.as_string().map(|key| key.to_std_string_lossy()).ok_or_else(|| wrong("a key is a text"))
}

fn list(value: &JsValue, context: &mut Context) -> JsResult<Vec<String>> {
    let array = value.as_object().and_then(|object| JsArray::from_object(object).ok());
    let array = array.ok_or_else(|| wrong("keys are an array of texts"))?;
    let length = array.length(context)?;
    (0..length).map(|index| key(&array.get(index, context)?)).collect()
}

fn bucket(context: &mut Context) -> JsResult<Bucket> {
    checked(store::open("default"), context)
}

fn read(key: &str, bytes: &[u8], context: &mut Context) -> JsResult<JsValue> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| wrong(&format!("what is kept under {key:?} is no text")))?;
    json::parse(text, context)
}

fn written(value: &JsValue, context: &mut Context) -> JsResult<Vec<u8>> {
    let text = json::stringify(value, context)?;
    text.map(String::into_bytes).ok_or_else(|| wrong("what is kept must be something that JSON has"))
}

fn wrong(message: &str) -> boa_engine::JsError {
    JsNativeError::typ().with_message(message.to_owned()).into()
}

fn checked<T>(result: Result<T, Error>, context: &mut Context) -> JsResult<T> {
    result.map_err(|error| match error {
        Error::AccessDenied => failed("access-denied", "the hook is not granted keyvalue", context),
        Error::NoSuchStore => failed("no-such-store", "there is no such store", context),
        Error::Other(message) => failed("other", &message, context),
    })
}
