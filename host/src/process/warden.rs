//! A warden, from the host's side: a process of ours that starts one program again and again, one at a time.
//!
//! Limits bind whoever starts a process, and what it starts is born with them. The host cannot bind itself, and to bind a
//! program once it runs is too late. So a warden is bound, before it is asked for anything, and costs two wake-ups a call.
//! It is the parent of all that its program leaves behind, and ends that with it.

use super::{Program, ended_within};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, IoSlice, PipeReader, PipeWriter, Read, Write, pipe};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a warden may take to get ready, and to end what it has started.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of one message between the two.
pub(super) const MESSAGE_BYTES_MAX: usize = 128 << 10;
/// Bytes that are moved at once.
const CHUNK: usize = 64 << 10;

/// What a warden starts, and what binds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rules {
    /// The program, by an absolute path.
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    /// All of its environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Whose rights it has, by user and group; the host's own where there is none.
    pub(crate) user: Option<(u32, u32)>,
    /// Bytes of memory that each of its processes may have.
    pub(crate) memory_bytes: u64,
    /// CPU time of each of its processes, in seconds.
    pub(crate) cpu_seconds: u64,
}

/// What a warden is asked for; the pipes of a program come with the first.
pub(super) const RUN: u8 = b'r';
pub(super) const END: u8 = b'e';

/// What a warden answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// It is bound, and waits.
    Ready,
    /// It cannot be bound, or the program cannot be started.
    Failed(String),
    /// The program has ended, with this status, and so has all that it had started. The warden may be done too.
    Ended { status: i32, done: bool },
}

/// A warden that waits.
pub(crate) struct Warden {
    /// Its end of the socket is its standard input; when ours is closed, it ends.
    socket: OwnedFd,
    child: Option<Child>,
}

/// What a program is given, and how much it may answer.
pub(crate) struct Work<'a> {
    pub(crate) input: &'a [u8],
    pub(crate) deadline: Instant,
    pub(crate) output_bytes_max: usize,
    pub(crate) errors_bytes_max: usize,
}

/// How a program ended by itself.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    /// Its warden is done as well.
    done: bool,
}

/// How a run went; what a program wrote to standard error is known in any case.
pub(crate) struct Started {
    pub(crate) result: Result<Ran, Stopped>,
    /// The first bytes, and how many more there were.
    pub(crate) errors: (Vec<u8>, usize),
}

/// Why a program did not end by itself.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// It could not be started.
    Start(String),
    /// It ran for longer than it may.
    Time,
    /// It printed more than it may.
    Output,
    /// Its warden is gone.
    Lost(io::Error),
}

impl From<Errno> for Stopped {
    fn from(error: Errno) -> Self {
        Self::Lost(error.into())
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}

impl Warden {
    /// Starts one, and waits until it is ready. Blocks.
    pub(crate) fn start(program: &Program, rules: &Rules) -> Result<Self, String> {
        let failed = |error: io::Error| format!("its warden cannot be started: {error}");
        let (socket, other) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .map_err(|error| failed(error.into()))?;
        let child = Command::new(&program.path)
            .args(&program.arguments)
            .env_clear()
            // Our own allocator would reserve more than a program may have.
            .envs([("MIMALLOC_DISALLOW_ARENA_ALLOC", "1"), ("MIMALLOC_ARENA_EAGER_COMMIT", "0")])
            .stdin(Stdio::from(other))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What a terminal sends to the host is not for it.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let warden = Self { socket, child: Some(child) };
        let rules = serde_json::to_vec(rules).map_err(|error| failed(error.into()))?;
        rustix::net::send(&warden.socket, &rules, SendFlags::NOSIGNAL)
            .map_err(|error| failed(error.into()))?;
        match warden.answer(Instant::now() + PATIENCE).map_err(failed)? {
            Some(Answer::Ready) => Ok(warden),
            Some(Answer::Failed(reason)) => Err(reason),
            other => Err(format!("its warden answers {other:?}")),
        }
    }

    /// Has the program run once. Ends by the deadline; `finish` says then whether the warden can be used again. Blocks.
    pub(crate) fn run(&self, work: &Work<'_>) -> Started {
        let mut errors = (Vec::new(), 0);
        let result = Pipes::new().map_err(Stopped::from).and_then(|(ours, theirs)| {
            self.ask(RUN, &[theirs.0.as_fd(), theirs.1.as_fd(), theirs.2.as_fd()])?;
            drop(theirs);
            ours.move_all(self, work, &mut errors)
        });
        Started { result, errors }
    }

    /// Ends what may still run after a run that was not over, and says whether it can be used again. Blocks.
    pub(crate) fn finish(self, started: &Started) -> Option<Self> {
        match &started.result {
            Ok(ran) => (!ran.done).then_some(self),
            Err(Stopped::Start(_)) => Some(self),
            Err(Stopped::Lost(_)) => None,
            Err(Stopped::Time | Stopped::Output) => {
                self.ask(END, &[]).ok()?;
                let answer = self.answer(Instant::now() + PATIENCE).ok()??;
                matches!(answer, Answer::Ended { done: false, .. }).then_some(self)
            }
        }
    }

    fn ask(&self, what: u8, pipes: &[BorrowedFd<'_>]) -> Result<(), Errno> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !pipes.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(pipes)) {
            return Err(Errno::NOBUFS);
        }
        rustix::net::sendmsg(&self.socket, &[IoSlice::new(&[what])], &mut ancillary, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// What it answers by then; none where it says nothing.
    fn answer(&self, deadline: Instant) -> io::Result<Option<Answer>> {
        let mut fds = [PollFd::new(&self.socket, PollFlags::IN)];
        match poll(&mut fds, Some(&left(deadline))) {
            Ok(0) => Ok(None),
            Ok(_) => self.read().map(Some),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&self) -> io::Result<Answer> {
        let mut bytes = vec![0; 8 << 10];
        let (length, _) = rustix::net::recv(&self.socket, &mut *bytes, RecvFlags::empty())?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_slice(&bytes[..length])?)
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Both);
        // It ends by itself, and is waited for so that nothing of it is left.
        std::thread::spawn(move || {
            if !matches!(ended_within(&child, PATIENCE), Ok(true)) {
                let _ = child.kill();
            }
            let _ = child.wait();
        });
    }
}

/// The time until a deadline.
fn left(deadline: Instant) -> Timespec {
    let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(3600));
    Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 })
}

/// Our ends of a program's pipes; each until it is closed.
struct Pipes {
    stdin: Option<File>,
    stdout: Option<File>,
    stderr: Option<File>,
}

impl Pipes {
    fn new() -> io::Result<(Self, (PipeReader, PipeWriter, PipeWriter))> {
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
    fn move_all(
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
