//! A host with its HTTP door on a free port, and a client.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use tenterhook_tests::World;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

pub(crate) struct Service {
    pub(crate) world: World,
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Service {
    pub(crate) async fn of(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let serve =
            tenterhook::api::serve_unguarded(listener, world.host.clone(), async { drop(stopped.await) });
        Self { world, url, stop: Some(stop), served: tokio::spawn(serve) }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let url = format!("{}{path}", self.url);
        spawn_blocking(move || {
            let mut response = client().get(&url).call().unwrap();
            (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
        })
        .await
        .unwrap()
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.get(path).await.0
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let (status, text) = self.get(path).await;
        assert_eq!(status, 200, "{text}");
        text
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path).await).unwrap()
    }

    /// Looks on from when this returns.
    pub(crate) async fn stream(&self, path: &str) -> Stream {
        self.try_stream(path).await.unwrap()
    }

    /// Looks on, unless there is no place.
    pub(crate) async fn try_stream(&self, path: &str) -> Option<Stream> {
        let url = format!("{}{path}", self.url);
        let open = move || {
            let response = client().get(&url).call().unwrap();
            let opened = response.status() == 200;
            opened
                .then(|| Stream(Some(BufReader::new(Box::new(response.into_body().into_reader()) as Reader))))
        };
        spawn_blocking(open).await.unwrap()
    }

    /// Has the service stop, and waits until it did.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.served.await.unwrap().unwrap();
    }
}

fn client() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

type Reader = Box<dyn std::io::Read + Send>;

/// A stream of server-sent events.
pub(crate) struct Stream(Option<BufReader<Reader>>);

impl Stream {
    /// The next event, which is of this kind.
    pub(crate) async fn next(&mut self, kind: &str) -> Value {
        let (was, json) = self.any().await;
        assert_eq!(was, kind, "{json}");
        json
    }

    /// The next event with its kind.
    pub(crate) async fn any(&mut self) -> (String, Value) {
        let mut reader = self.0.take().unwrap();
        let (reader, event) = spawn_blocking(move || {
            let event = event(&mut reader);
            (reader, event)
        })
        .await
        .unwrap();
        self.0 = Some(reader);
        event
    }
}

fn event(reader: &mut impl BufRead) -> (String, Value) {
    let mut kind = String::new();
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the stream ended");
        if let Some(name) = line.strip_prefix("event: ") {
            name.trim_end().clone_into(&mut kind);
        } else if let Some(data) = line.strip_prefix("data: ") {
            return (kind, serde_json::from_str(data).unwrap());
        }
    }
}
