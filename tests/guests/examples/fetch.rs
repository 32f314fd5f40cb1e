//! Sends the requests that its event's data lists, and amends the event by what came of them.

use tenterhook_sdk::prelude::*;

#[derive(Deserialize)]
struct Wanted {
    requests: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    #[serde(default)]
    method: Option<String>,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// So many bytes are sent.
    #[serde(default)]
    bytes: usize,
}

#[hook(on = "cloud.*", priority = 0)]
fn fetch(event: Event<Wanted>) -> Verdict {
    let answers: Vec<Value> = event.data.requests.into_iter().map(answer).collect();
    amend(json!({ "answers": answers }))
}

fn answer(one: One) -> Value {
    let request = http::Request::new(one.method.as_deref().unwrap_or("GET"), &one.url);
    let headers = one.headers.iter();
    let request = headers.fold(request, |request, (name, value)| request.header(name, value));
    match request.body(vec![b'x'; one.bytes]).send() {
        Ok(answer) if answer.body.len() > 1024 => {
            json!({ "status": answer.status, "bytes": answer.body.len() })
        }
        Ok(answer) => json!({ "status": answer.status, "body": answer.text().unwrap_or_default() }),
        Err(error) => json!({ "error": error.code, "message": error.message }),
    }
}
