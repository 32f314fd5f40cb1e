//! A target that is asked over loopback, against a bare client of hyper's that posts the same to it.

use crate::measure::{Table, median, micros};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::Instant;
use tempfile::TempDir;
use tenterhook::{Event, Host};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// Rounds of which the median is taken; all take turns in each.
const ROUNDS: usize = 21;
const CALLS: u32 = 1_000;

pub(crate) fn run(table: &mut Table) {
    let address = target();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let (_folder, host) = runtime.block_on(host(address));
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let (mut asked, mut pooled, mut single) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        asked.push(ask(&runtime, &host));
        pooled.push(post(&runtime, &client, address));
        single.push(runtime.block_on(post_over_one(address)));
    }
    let (asked, pooled, single) = (median(asked), median(pooled), median(single));
    table.ratio("http asked, against a client with a pool", asked, pooled, 1.3);
    table.ratio("http asked, against a single connection", asked, single, f64::INFINITY);
}

/// A target that accepts whatever it is asked, and reads no more of it than it must.
fn target() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            stream.set_nodelay(true).expect("it is TCP");
            std::thread::spawn(move || {
                let mut buffer = [0; 8192];
                let mut filled = 0;
                while let Ok(read @ 1..) = stream.read(&mut buffer[filled..]) {
                    filled += read;
                    // Every request ends with its data.
                    if buffer[..filled].ends_with(b"}}") {
                        filled = 0;
                        if stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    address
}

async fn host(address: SocketAddr) -> (TempDir, Host) {
    let folder = TempDir::new().expect("there is room for a directory");
    let toml = format!(
        "class = 'http'\nname = 'h'\ntype = 'cloud'\npriority = 1\ngrants = {{ networks = ['127.0.0.1'] }}\n\
         properties = {{ target = '{address}/hook' }}\non = [{{ event = 'cloud.pre_create' }}]\n"
    );
    std::fs::write(folder.path().join("h.toml"), toml).expect("it can be written");
    let host = Host::builder().hooks(folder.path()).start().await.expect("the host starts");
    (folder, host)
}

fn event() -> Event {
    let data = serde_json::json!({"cpu": 4, "ram": 8192, "name": "a-server-of-a-customer", "zone": "e1"});
    let event = Event::new("cloud.pre_create", "bench").facet("option", "SERVER").subject("s-1");
    event.data(&data).expect("it is JSON")
}

/// Microseconds of an ask. Who asks has an event already.
fn ask(runtime: &Runtime, host: &Host) -> f64 {
    let events: Vec<Event> = (0..CALLS).map(|_| event()).collect();
    runtime.block_on(async {
        let began = Instant::now();
        for event in events {
            let outcome = host.ask(event).await.expect("it is not busy");
            assert!(!outcome.failed(), "{:?}", outcome.trail);
        }
        micros(began.elapsed()) / f64::from(CALLS)
    })
}

/// What the host would send, as far as it takes no thought.
fn request(address: SocketAddr) -> http::Request<Full<Bytes>> {
    let body = r#"{"specversion":"1.0","id":"e-1","type":"cloud.pre_create","source":"bench","subject":"s-1","option":"SERVER","data":{"cpu":4,"ram":8192,"name":"a-server-of-a-customer","zone":"e1"}}"#;
    let request = http::Request::post(format!("http://{address}/hook"));
    let request = request.header("content-type", "application/cloudevents+json").header("host", "localhost");
    request.body(Full::from(body)).expect("it is a request")
}

/// Microseconds of a post over a client that keeps connections.
fn post(runtime: &Runtime, client: &Client<HttpConnector, Full<Bytes>>, address: SocketAddr) -> f64 {
    runtime.block_on(async {
        let began = Instant::now();
        for _ in 0..CALLS {
            let answer = client.request(request(address)).await.expect("it answers");
            answer.into_body().collect().await.expect("it has an end");
        }
        micros(began.elapsed()) / f64::from(CALLS)
    })
}

/// Microseconds of a post over a connection that is held on to.
async fn post_over_one(address: SocketAddr) -> f64 {
    let stream = TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("it is TCP");
    let handshake = hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.expect("nothing is sent yet");
    let connection = tokio::spawn(connection);
    let began = Instant::now();
    for _ in 0..CALLS {
        sender.ready().await.expect("it is open");
        let answer = sender.send_request(request(address)).await.expect("it answers");
        answer.into_body().collect().await.expect("it has an end");
    }
    let spent = micros(began.elapsed()) / f64::from(CALLS);
    connection.abort();
    spent
}
