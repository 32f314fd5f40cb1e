//! When somebody watches a command: what it says as it goes on, one thing after the other.

use crate::Run;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long it may take to compile something small on a busy machine.
const DEADLINE: Duration = Duration::from_secs(240);

/// A command that goes on until it is stopped.
pub struct Live {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
    /// Everything so far, for whoever has to find out what went wrong.
    said: String,
    _folder: TempDir,
}

impl Live {
    /// Starts it.
    #[track_caller]
    pub fn of(run: Run<'_>) -> Self {
        let (mut child, folder) = run.spawn_piped();
        let out = lines(child.stdout.take().expect("it is a pipe"));
        let err = lines(child.stderr.take().expect("it is a pipe"));
        Self { child, out, err, said: String::new(), _folder: folder }
    }

    /// Waits for a line with this on standard output, after all lines that were waited for before.
    #[track_caller]
    pub fn shows(&mut self, text: &str) {
        wait(&self.out, &mut self.said, text);
    }

    /// The same on standard error.
    #[track_caller]
    pub fn says(&mut self, text: &str) {
        wait(&self.err, &mut self.said, text);
    }

    /// Stops it as Ctrl-C does; its exit code.
    #[track_caller]
    pub fn interrupted(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args(["-INT", &id]).status();
        assert!(kill.is_ok_and(|status| status.success()), "it is gone; it said\n{}", self.said);
        // Its pipes end with it.
        while self.out.recv_timeout(DEADLINE).is_ok() {}
        self.child.wait().ok()?.code()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Where it has ended, there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (said, says) = channel();
    std::thread::spawn(move || {
        BufReader::new(pipe).lines().map_while(Result::ok).for_each(|line| drop(said.send(line)));
    });
    says
}

#[track_caller]
fn wait(lines: &Receiver<String>, said: &mut String, text: &str) {
    let end = Instant::now() + DEADLINE;
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        *said += &format!("{line}\n");
        if line.contains(text) {
            return;
        }
    }
    panic!("no {text:?} came; it said\n{said}");
}
