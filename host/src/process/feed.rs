//! A program's pipes, from the host's side: its input is written and its output read, all by one deadline.

use super::warden::{Answer, Ran, Stopped, Warden, Work};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// Bytes that are moved at once.
const CHUNK: usize = 16 << 10;

/// Our ends of a program's pipes; each until it is closed.
pub(super) struct Pipes {
    stdin: Option<File>,
    stdout: Option<File>,
    stderr: Option<File>,
}

impl Pipes {
    pub(super) fn new() -> io::Result<(Self, (PipeReader, PipeWriter, PipeWriter))> {
        let ((stdin, ours_in), (ours_out, stdout), (ours_err, stderr)) = (pipe()?, pipe()?, pipe()?);
        let ours = |fd: OwnedFd| -> io::Result<Option<File>> {
            rustix::io::ioctl_fionbio(&fd, true)?;
            Ok(Some(File::from(fd)))
        };
        let pipes = Self {
            stdin: ours(ours_in.into())?,
            stdout: ours(ours_out.into())?,
            stderr: ours(ours_err.into())?,
        };
        Ok((pipes, (stdin, stdout, stderr)))
    }

    /// Moves what there is to move, until the program has ended and its pipes are closed.
    pub(super) fn move_all(
        mut self,
        warden: &Warden,
        work: &Work<'_>,
        errors: &mut (Vec<u8>, usize),
    ) -> Result<Ran, Stopped> {
        let (mut input, mut stdout, mut status) = (work.input, Vec::new(), None);
        loop {
            if let (None, None, Some((status, done))) = (&self.stdout, &self.stderr, status) {
                return Ok(Ran { status: ExitStatus::from_raw(status), stdout, done });
            }
            self.wait(warden, status.is_none(), work.deadline)?;
            if status.is_none() && !nothing(warden) {
                status = match warden.read()? {
                    Answer::Ended { status, done } => Some((status, done)),
                    Answer::Failed(reason) => return Err(Stopped::Start(reason)),
                    Answer::Ready => None,
                };
            }
            write(&mut self.stdin, &mut input);
            read(&mut self.stdout, |bytes| {
                let fits = stdout.len() + bytes.len() <= work.output_bytes_max;
                stdout.extend_from_slice(bytes);
                if fits { Ok(()) } else { Err(Stopped::Output) }
            })?;
            read(&mut self.stderr, |bytes| {
                let (kept, dropped) = errors;
                let fits = bytes.len().min(work.errors_bytes_max - kept.len());
                kept.extend_from_slice(&bytes[..fits]);
                *dropped += bytes.len() - fits;
                Ok(())
            })?;
        }
    }

    /// Waits until there is something to move.
    fn wait(&self, warden: &Warden, speaks: bool, deadline: Instant) -> Result<(), Stopped> {
        let input = self.stdin.iter().map(|pipe| PollFd::new(pipe, PollFlags::OUT));
        let output = self.stdout.iter().chain(&self.stderr).map(|pipe| PollFd::new(pipe, PollFlags::IN));
        let socket = speaks.then(|| PollFd::new(&warden.socket, PollFlags::IN));
        let mut fds: Vec<_> = input.chain(output).chain(socket).collect();
        match poll(&mut fds, Some(&left(deadline))) {
            Ok(0) => Err(Stopped::Time),
            Ok(_) | Err(Errno::INTR) if Instant::now() < deadline => Ok(()),
            Ok(_) | Err(Errno::INTR) => Err(Stopped::Time),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether the warden has not said anything yet.
fn nothing(warden: &Warden) -> bool {
    let none = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(poll(&mut [PollFd::new(&warden.socket, PollFlags::IN)], Some(&none)), Ok(0))
}

/// Writes as much as the pipe takes. A program that does not read to the end breaks it, which is its own affair.
fn write(pipe: &mut Option<File>, input: &mut &[u8]) {
    while let Some(file) = pipe {
        if input.is_empty() {
            *pipe = None;
            return;
        }
        match file.write(input) {
            Ok(written) => *input = &input[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => *pipe = None,
        }
    }
}

/// Reads what there is, at most a chunk.
fn read(pipe: &mut Option<File>, mut take: impl FnMut(&[u8]) -> Result<(), Stopped>) -> Result<(), Stopped> {
    let Some(file) = pipe else { return Ok(()) };
    let mut bytes = [0; CHUNK];
    match file.read(&mut bytes) {
        Ok(0) => *pipe = None,
        Ok(length) => take(&bytes[..length])?,
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The time until a deadline.
pub(super) fn left(deadline: Instant) -> Timespec {
    let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(3600));
    Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 })
}
