//! A service on a port of its own, and a client that holds every answer against `/openapi.json`.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use tenterhook_tests::{Given, World};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use ureq::http::{HeaderMap, Method, Request};

/// A running service; it ends with the test.
pub(super) struct Api {
    pub(super) world: World,
    pub(super) description: Value,
    address: String,
    agent: ureq::Agent,
    runtime: Runtime,
}

/// What the service answered.
#[derive(Debug)]
pub(super) struct Reply {
    status: u16,
    pub(super) headers: HeaderMap,
    pub(super) json: Value,
}

impl Api {
    pub(super) fn start(given: Given) -> Self {
        let runtime = Runtime::new().unwrap();
        let world = runtime.block_on(given.start());
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(tenterhook::api::serve_unguarded(listener, world.host.clone(), std::future::pending()));
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let description = agent.get(format!("{address}/openapi.json")).call().unwrap();
        let description = description.into_body().read_json().unwrap();
        Self { world, description, address, agent, runtime }
    }

    /// Waits for what is on its way.
    pub(super) fn wait<F: IntoFuture>(&self, future: F) -> F::Output {
        self.runtime.block_on(async { future.await })
    }

    pub(super) fn address(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    #[track_caller]
    pub(super) fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], "")
    }

    /// Posts JSON.
    #[track_caller]
    pub(super) fn post(&self, path: &str, body: &str) -> Reply {
        self.send(Method::POST, path, &[("content-type", "application/json")], body)
    }

    /// Sends a request. The answer must be one that the description has for it.
    #[track_caller]
    pub(super) fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Reply {
        let mut request = Request::builder().method(&method).uri(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let config = self.agent.configure_request(request.body(body.as_ref()).unwrap());
        let response = self.agent.run(config.allow_non_standard_methods(true).build()).unwrap();
        let (parts, mut body) = response.into_parts();
        let text = body.read_to_string().unwrap();
        let is_json =
            parts.headers.get("content-type").is_some_and(|media| media.as_bytes().ends_with(b"json"));
        let json = match text.as_str() {
            "" => Value::Null,
            text if is_json => serde_json::from_str(text).unwrap(),
            text => text.into(),
        };
        let reply = Reply { status: parts.status.as_u16(), headers: parts.headers, json };
        self.compare(&method, path, &reply);
        reply
    }

    /// Sends the text of a request, whole or not, and reads the answer.
    #[track_caller]
    pub(super) fn raw(&self, request: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = BufReader::new(stream).lines().map(Result::unwrap);
        let status = answer.next().unwrap()[9..12].parse().unwrap();
        let pairs = answer.by_ref().take_while(|line| !line.is_empty());
        let pairs =
            pairs.map(|line| line.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())).unwrap());
        let pairs: HashMap<String, String> = pairs.collect();
        let json = serde_json::from_str(&answer.next().unwrap()).unwrap();
        let reply = Reply { status, headers: HeaderMap::try_from(&pairs).unwrap(), json };
        let mut words = request.split(' ');
        let method = words.next().unwrap().parse().unwrap();
        self.compare(&method, words.next().unwrap(), &reply);
        reply
    }

    #[track_caller]
    fn compare(&self, method: &Method, path: &str, reply: &Reply) {
        let Some(operation) = self.operation(method, path) else {
            assert!([404, 405].contains(&reply.status), "{method} {path} is not described: {reply:?}");
            let schema = json!({ "$ref": "#/components/schemas/ProblemDocument" });
            return self.validate(&schema, &reply.json);
        };
        let responses = &operation["responses"];
        let status = reply.status.to_string();
        let range = format!("{}XX", &status[..1]);
        let response = responses.get(&status).or_else(|| responses.get(&range));
        let response = response.unwrap_or_else(|| panic!("{method} {path} does not answer {reply:?}"));
        let media = reply.headers.get("content-type").map(|media| media.to_str().unwrap());
        match (response.get("content"), media) {
            (None, None) => assert_eq!(reply.json, Value::Null),
            (Some(content), Some(media)) => self.validate(&content[media]["schema"], &reply.json),
            _ => panic!("{method} {path}: {response} does not describe {reply:?}"),
        }
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or_default();
        let fits = |template: &str| {
            let pairs = template.split('/').zip(path.split('/'));
            template.split('/').count() == path.split('/').count()
                && pairs.into_iter().all(|(expected, part)| expected.starts_with('{') || expected == part)
        };
        let paths = self.description["paths"].as_object().unwrap();
        let exact = paths.get(path).or_else(|| Some(paths.iter().find(|(template, _)| fits(template))?.1));
        exact?.get(method.as_str().to_lowercase())
    }

    #[track_caller]
    fn validate(&self, schema: &Value, json: &Value) {
        assert!(!schema.is_null(), "no schema for {json}");
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "unevaluatedProperties": false,
            "components": self.description["components"],
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{json}\nis not as described: {errors:#?}");
    }
}

impl Reply {
    /// It was answered with this status.
    #[track_caller]
    pub(super) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// It was refused with this status. Gives its problems, as they are shown to people.
    #[track_caller]
    pub(super) fn refused(&self, status: u16) -> Vec<String> {
        self.is(status);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.json["status"], status);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let problems = self.json["problems"].as_array().unwrap();
        if problems.is_empty() {
            return vec![text(&self.json["detail"])];
        }
        let shown = |problem: &Value| match problem.get("hint") {
            Some(hint) => format!("{}, {}", text(&problem["message"]), text(hint)),
            None => text(&problem["message"]),
        };
        problems.iter().map(shown).collect()
    }

    #[track_caller]
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}
