//! What is connected to is what was checked.

use super::*;
use bytes::Bytes;
use http::{Request, Response};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/// A server that answers each connection once, and how many there were.
async fn server(address: (&str, u16)) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.fetch_add(1, SeqCst);
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(ANSWER.as_bytes()).await;
            });
        }
    });
    (port, count)
}

/// A client whose names resolve to one of these answers after the other, and how often it asked.
fn resolving(answers: &[&[&str]], networks: &[&str]) -> (Client, Arc<AtomicUsize>) {
    let parsed = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
    let answers: Vec<Vec<IpAddr>> = answers.iter().map(parsed).collect();
    let count = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&count);
    let resolver: Resolver = Arc::new(move |_| {
        let answer = answers[asked.fetch_add(1, SeqCst) % answers.len()].clone();
        Box::pin(async { Ok(answer) })
    });
    let egress = Egress { resolver, ..Egress::new(Trust::Public).unwrap() };
    (egress.client(granting(networks)), count)
}

fn granting(networks: &[&str]) -> Guard {
    Guard::Granting(networks.iter().map(|network| network.parse().unwrap()).collect())
}

async fn get(client: &Client, url: &str) -> Result<Response<Bytes>, Error> {
    let request = Request::get(url).body(Bytes::new()).unwrap();
    client.send(request, Instant::now() + Duration::from_secs(20), 1000).await
}

#[tokio::test]
async fn a_name_that_resolves_differently_each_time_reaches_nothing_else() {
    let (port, granted) = server(("127.0.0.2", 0)).await;
    let (_, forbidden) = server(("127.0.0.1", port)).await;
    let (client, asked) = resolving(&[&["127.0.0.2"], &["127.0.0.1"]], &["127.0.0.2/32"]);
    let url = format!("http://rebinding.example:{port}/");
    for turn in 1..=4 {
        let answer = get(&client, &url).await;
        // Asked once for each connection: a second look would have found the other one.
        assert_eq!(asked.load(SeqCst), turn);
        match answer {
            Ok(answer) => assert!(turn % 2 == 1 && answer.body() == "ok", "{turn}"),
            Err(Error::Ungranted(why)) => {
                assert!(turn % 2 == 0, "{turn}");
                let expected = "rebinding.example is 127.0.0.1, a loopback address: \
                                it takes [grants] networks = [\"127.0.0.1\"]";
                assert_eq!(why, expected);
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((granted.load(SeqCst), forbidden.load(SeqCst)), (2, 0));
}

#[tokio::test]
async fn of_many_addresses_only_those_that_are_granted_are_tried() {
    let (port, granted) = server(("127.0.0.2", 0)).await;
    let (_, forbidden) = server(("127.0.0.1", port)).await;
    let (client, _) = resolving(&[&["127.0.0.1", "::1", "127.0.0.2"]], &["127.0.0.2/32"]);
    get(&client, &format!("http://many.example:{port}/")).await.unwrap();
    assert_eq!((granted.load(SeqCst), forbidden.load(SeqCst)), (1, 0));
}

#[tokio::test]
async fn an_address_in_whatever_spelling_is_the_address() {
    let (port, seen) = server(("127.0.0.1", 0)).await;
    let egress = Egress::new(Trust::Public).unwrap();
    let client = egress.client(granting(&[]));
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ] {
        let refused = get(&client, &format!("http://{host}:{port}/")).await;
        assert!(matches!(refused, Err(Error::Ungranted(_))), "{host}: {refused:?}");
    }
    assert_eq!(seen.load(SeqCst), 0);
    // Granted, they are reached.
    let client = egress.client(granting(&["127.0.0.0/8"]));
    for host in ["127.0.0.1", "0x7f.1", "localhost"] {
        get(&client, &format!("http://{host}:{port}/")).await.unwrap();
    }
}
