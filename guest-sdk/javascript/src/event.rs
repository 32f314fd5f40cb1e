//! An event as a script gets it.

use crate::bindings::exports::tenterhook::hook::handler::Event;
use crate::bindings::tenterhook::hook::types::Mode;
use crate::json::{self, property};
use boa_engine::object::JsObject;
use boa_engine::{Context, JsResult, JsString, JsValue, js_string};

/// What events are made after.
pub(crate) struct Shape {
    ask: JsString,
    tell: JsString,
}

impl Shape {
    pub(crate) fn new(_: &mut Context) -> Self {
        Self { ask: js_string!("ask"), tell: js_string!("tell") }
    }

    /// The object that `handle` is called with.
    pub(crate) fn event(&self, event: Event, context: &mut Context) -> JsResult<JsValue> {
        let data = json::parse(&event.data, context)?;
        let object = JsObject::with_object_proto(context.intrinsics());
        let text = |text: &str| JsValue::from(JsString::from(text));
        let mode = match event.mode {
            Mode::Ask => &self.ask,
            Mode::Tell => &self.tell,
        };
        let set = |name: JsString, value: JsValue| object.insert_property(name, property(value));
        set(js_string!("id"), text(&event.id));
        set(js_string!("name"), text(&event.name));
        set(js_string!("mode"), mode.clone().into());
        set(js_string!("time"), text(&event.time));
        set(js_string!("source"), text(&event.source));
        set(js_string!("subject"), event.subject.as_deref().map_or_else(JsValue::null, text));
        set(js_string!("facets"), pairs(&event.facets, context));
        set(js_string!("attributes"), pairs(&event.attributes, context));
        set(js_string!("attempt"), event.attempt.into());
        set(js_string!("data"), data);
        set(js_string!("raw"), text(&event.data));
        Ok(object.into())
    }
}

fn pairs(pairs: &[(String, String)], context: &mut Context) -> JsValue {
    let object = JsObject::with_object_proto(context.intrinsics());
    for (name, value) in pairs {
        object
            .insert_property(JsString::from(name.as_str()), property(JsString::from(value.as_str()).into()));
    }
    object.into()
}

impl Event {
    /// Like those that come.
    pub(crate) fn example() -> Self {
        let pairs = |name: &str| vec![(name.to_owned(), String::from("SERVER"))];
        Self {
            id: "1".into(),
            name: "cloud.pre_create".into(),
            mode: Mode::Ask,
            time: "2026-01-01T00:00:00Z".into(),
            source: "example".into(),
            subject: Some("subject".into()),
            facets: pairs("option"),
            attributes: pairs("tenant"),
            attempt: 1,
            data: r#"{"cpu":4,"name":"a","disks":[{"size":1.5}],"on":true,"none":null}"#.into(),
        }
    }
}
