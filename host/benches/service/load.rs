//! A load generator: connections that send the same request again as soon as it is answered.

use crate::measure::{median, micros, percentile};
use std::io;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What a run showed.
pub(crate) struct Run {
    pub(crate) per_second: f64,
    /// Microseconds of every request.
    pub(crate) times: Vec<f64>,
}

impl Run {
    /// What holds of several runs: the median of what they showed.
    pub(crate) fn of(runs: Vec<Self>) -> (f64, f64) {
        let per_second = median(runs.iter().map(|run| run.per_second).collect());
        (per_second, median(runs.into_iter().map(|run| percentile(run.times, 99)).collect()))
    }
}

/// The body of the answer to one request.
pub(crate) async fn body(address: &str, request: &str) -> io::Result<Vec<u8>> {
    let (mut stream, mut buffer) = (TcpStream::connect(address).await?, Vec::new());
    stream.write_all(request.as_bytes()).await?;
    let head = answer(&mut stream, &mut buffer).await?;
    Ok(buffer.split_off(head))
}

/// Sends `request` over so many connections for a while; every answer must be a 200.
pub(crate) async fn run(address: &str, request: &str, connections: usize, time: Duration) -> io::Result<Run> {
    let began = Instant::now();
    let mut open = JoinSet::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let bytes: Vec<u8> = request.as_bytes().into();
        open.spawn(connection(stream, bytes, began + time));
    }
    let mut times = Vec::new();
    while let Some(ended) = open.join_next().await {
        times.extend(ended.expect("it does not panic")?);
    }
    Ok(Run { per_second: times.len() as f64 / began.elapsed().as_secs_f64(), times })
}

async fn connection(mut stream: TcpStream, request: Vec<u8>, until: Instant) -> io::Result<Vec<f64>> {
    let (mut times, mut buffer) = (Vec::new(), Vec::with_capacity(8 << 10));
    while Instant::now() < until {
        let sent = Instant::now();
        stream.write_all(&request).await?;
        answer(&mut stream, &mut buffer).await?;
        times.push(micros(sent.elapsed()));
    }
    Ok(times)
}

/// Reads one whole answer, and says how long its head is.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..head]);
            if !text.starts_with("HTTP/1.1 200") {
                return Err(io::Error::other(String::from_utf8_lossy(buffer).into_owned()));
            }
            let mut lines = text.lines().filter_map(|line| line.split_once(':'));
            let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = length.and_then(|(_, length)| length.trim().parse().ok()).unwrap_or(0);
            while buffer.len() < head + 4 + length {
                stream.read_buf(buffer).await?;
            }
            return Ok(head + 4);
        }
    }
}
