//! The servers that are compared, each a process of its own: the service, and two that do as little as can be.

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::post;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenterhook::{Event, Floor};

/// A server, which ends with its handle.
pub(crate) struct Server {
    child: Child,
    /// Address and port.
    pub(crate) address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it has ended, there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// `tenterhook serve` on the hooks of a folder, with tokens, metrics and an access log, in `said`.
    pub(crate) fn service(folder: &Path) -> Self {
        let mut command = tenterhook(folder);
        command.args(["serve", "--listen", "127.0.0.1:0", "--set", "admission=any"]);
        Self::start(command, folder)
    }

    /// A handler that parses the event and answers what is in the file `answer`, with or without a bare sandbox.
    pub(crate) fn bare(folder: &Path, kind: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this is a program"));
        command.arg(kind).current_dir(folder);
        Self::start(command, folder)
    }

    fn start(mut command: Command, folder: &Path) -> Self {
        // Beside the hooks it would be watched.
        std::fs::create_dir_all(folder.join("log")).expect("it can be made");
        let said = folder.join("log/said");
        let err = File::create(&said).expect("it can be made");
        let child = command.stderr(err).stdout(Stdio::null()).spawn().expect("it starts");
        let mut server = Self { child, address: String::new() };
        let began = Instant::now();
        while server.address.is_empty() {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not listen");
            std::thread::sleep(Duration::from_millis(1));
            let said = std::fs::read_to_string(&said).expect("it can be read");
            if let Some((_, rest)) = said.split_once("listening on http://")
                && let Some((address, _)) = rest.split_once('\n')
            {
                server.address = address.trim().to_owned();
            }
        }
        server
    }

    /// Bytes of memory it holds.
    pub(crate) fn resident(&self) -> f64 {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id()));
        let statm = statm.expect("the kernel says");
        let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
        pages.expect("a number") * 4096.0
    }
}

/// The command line, with everything it remembers in a folder.
pub(crate) fn tenterhook(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenterhook"));
    command.current_dir(folder).env("XDG_CACHE_HOME", folder).env("TENTERHOOK_DATA", folder.join("data"));
    command
}

/// Runs as one of the bare servers, in the folder with the answer.
pub(crate) async fn serve_bare(with_floor: bool) {
    let answer: Bytes = std::fs::read("answer").expect("the answer was written").into();
    let floor = with_floor.then(|| {
        let guest = std::fs::read("hooks/quota.wasm").expect("the guest was written");
        Arc::new(Floor::new(&guest).expect("the guest loads"))
    });
    let event = Event::new("cloud.pre_create", "bench").facet("option", "SERVER");
    let handler = async move |body: Bytes| {
        let parsed: serde_json::Value = serde_json::from_slice(&body).expect("it is JSON");
        let event = event.data(&parsed["data"]).expect("it is JSON");
        if let Some(floor) = floor {
            floor.fresh(&event, 1).await;
        }
        ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
    };
    let router = Router::new().route("/v1/events", post(move |body| handler.clone()(body)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
    eprintln!("listening on http://{}", listener.local_addr().expect("it has an address"));
    axum::serve(listener, router).await.expect("it serves");
}
