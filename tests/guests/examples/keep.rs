//! Does with its state what the data says, step by step, and replaces the data by what came of each step.

use tenterhook_guests::{Event, Verdict, raw};
use tenterhook_sdk::bindings::wasi::keyvalue::store::{self, Bucket, Error};
use tenterhook_sdk::bindings::wasi::keyvalue::{atomics, batch};
use tenterhook_sdk::serde_json::{Value, from_str, json};

fn keep(event: Event) -> Result<Verdict, String> {
    let steps: Vec<Vec<Value>> = from_str(&event.data).map_err(|error| error.to_string())?;
    let mut answers = Vec::new();
    for words in &steps {
        if words[0] == "fail" {
            return Err("as told".into());
        }
        answers.push(step(words).unwrap_or_else(|error| match error {
            Error::Other(reason) => json!(reason),
            other => json!(format!("{other:?}")),
        }));
    }
    Ok(Verdict::Replace(json!(answers).to_string()))
}

fn step(words: &[Value]) -> Result<Value, Error> {
    let text = |at: usize| words[at].as_str().unwrap_or_default().to_owned();
    let number = |at: usize| words[at].as_u64().unwrap_or_default();
    if words[0] == "open" {
        return store::open(&text(1)).map(|_| json!("opened"));
    }
    let bucket = store::open("default")?;
    match text(0).as_str() {
        "get" => bucket.get(&text(1)).map(|value| json!(value.as_deref().map(String::from_utf8_lossy))),
        "exists" => bucket.exists(&text(1)).map(|exists| json!(exists)),
        "set" => bucket.set(&text(1), text(2).as_bytes()).map(|()| json!(null)),
        "delete" => bucket.delete(&text(1)).map(|()| json!(null)),
        "increment" => atomics::increment(&bucket, &text(1), number(2)).map(|sum| json!(sum)),
        "list" => list(&bucket),
        // Keys from one number up to another, or one key or value of so many bytes.
        "fill" => fill(&bucket, number(1)..number(2)),
        "long-key" => bucket.set(&"k".repeat(number(1) as usize), b"").map(|()| json!(null)),
        "long-value" => bucket.set("long", &vec![b'v'; number(1) as usize]).map(|()| json!(null)),
        "get-many" => many(&bucket, &words[1..]),
        "set-many" => {
            let pairs = words[1..].iter().map(|key| (as_text(key), as_text(key).into_bytes()));
            batch::set_many(&bucket, &pairs.collect::<Vec<_>>()).map(|()| json!(null))
        }
        "delete-many" => {
            let keys: Vec<String> = words[1..].iter().map(as_text).collect();
            batch::delete_many(&bucket, &keys).map(|()| json!(null))
        }
        other => Err(Error::Other(format!("unknown step {other:?}"))),
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn many(bucket: &Bucket, keys: &[Value]) -> Result<Value, Error> {
    let keys: Vec<String> = keys.iter().map(as_text).collect();
    let found = batch::get_many(bucket, &keys)?.into_iter();
    let pair = |(key, value): (String, Vec<u8>)| json!([key, String::from_utf8_lossy(&value)]);
    Ok(found.map(|pair_or_none| pair_or_none.map(pair)).collect())
}

fn fill(bucket: &Bucket, range: std::ops::Range<u64>) -> Result<Value, Error> {
    for n in range {
        bucket.set(&format!("{n:05}"), b"x")?;
    }
    Ok(Value::Null)
}

/// The sizes of the pages, and the first and the last key.
fn list(bucket: &Bucket) -> Result<Value, Error> {
    let (mut sizes, mut keys, mut cursor) = (Vec::new(), Vec::new(), None);
    loop {
        let page = bucket.list_keys(cursor)?;
        sizes.push(page.keys.len());
        keys.extend(page.keys);
        cursor = page.cursor;
        if cursor.is_none() {
            return Ok(json!([sizes, keys.first(), keys.last(), keys.is_sorted()]));
        }
    }
}

raw!(keep);
