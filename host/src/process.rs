//! Runs a program that may not be trusted to end: bounded in time and in what it prints.
//!
//! Knows nothing of what the program does. Beside the command line, which starts cargo, it is the one place
//! where processes start.

mod feed;
mod ward;
mod warden;

pub(crate) use ward::main as warden;
pub(crate) use warden::{Ran, Rules, Started, Stopped, Warden, Work};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A program and its first arguments.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
}

/// How a program ended by itself.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    /// The first bytes of standard error.
    pub(crate) stderr: String,
}

/// Why it did not.
#[derive(Debug)]
pub(crate) enum Cut {
    /// It could not be started, or its pipes broke.
    Io(io::Error),
    /// It ran for longer than it may.
    Time,
    /// It printed more than it may.
    Output,
}

impl From<io::Error> for Cut {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

const STDERR_BYTES_MAX: u64 = 16 << 10;

impl Program {
    /// Runs it with `input` on standard input, for at most `time`, taking at most `output_bytes_max`. Its
    /// environment is empty.
    pub(crate) fn run(
        &self,
        argument: &str,
        input: &[u8],
        time: Duration,
        output_bytes_max: u64,
    ) -> Result<Ended, Cut> {
        let mut child = Command::new(&self.path)
            .args(&self.arguments)
            .arg(argument)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        std::thread::scope(|scope| {
            // A child that does not read on to the end breaks the pipe, which is its own affair.
            scope.spawn(move || drop({ stdin }.write_all(input)));
            let output = scope.spawn(move || read(stdout, output_bytes_max + 1));
            let errors = scope.spawn(move || read(stderr, STDERR_BYTES_MAX));
            let in_time = ended_within(&child, time);
            if !matches!(in_time, Ok(true)) {
                child.kill()?;
            }
            let status = child.wait()?;
            let stdout = output.join().expect("reading does not panic")?;
            let stderr = errors.join().expect("reading does not panic")?;
            match in_time? {
                false => Err(Cut::Time),
                true if stdout.len() as u64 > output_bytes_max => Err(Cut::Output),
                true => Ok(Ended { status, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }),
            }
        })
    }
}

/// Waits until a child has ended, but no longer than `time`; whether it has.
fn ended_within(child: &Child, time: Duration) -> io::Result<bool> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a child has a process id");
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    let ready = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&time))?;
    Ok(ready > 0)
}

/// Reads to the end, or `bytes_max`, after which the pipe is closed.
fn read(mut pipe: impl Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.by_ref().take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, time: Duration) -> Result<Ended, Cut> {
        let program = Program { path: "/bin/sh".into(), arguments: vec!["-c".into()] };
        program.run(script, b"input", time, 100)
    }

    #[test]
    fn input_output_and_status_are_the_programs() {
        let ended = sh("cat; echo no >&2; exit 3", Duration::from_secs(20)).unwrap();
        assert_eq!((ended.stdout.as_slice(), ended.stderr.as_str()), (&b"input"[..], "no\n"));
        assert_eq!(ended.status.code(), Some(3));
    }

    #[test]
    fn what_does_not_end_or_prints_too_much_is_cut() {
        assert!(matches!(sh("exec sleep 100", Duration::from_millis(50)), Err(Cut::Time)));
        assert!(matches!(sh("head -c 101 /dev/zero", Duration::from_secs(20)), Err(Cut::Output)));
        let missing = Program { path: "/no/such".into(), arguments: Vec::new() };
        assert!(matches!(missing.run("", b"", Duration::ZERO, 0), Err(Cut::Io(_))));
    }
}
