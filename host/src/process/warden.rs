//! A warden, from the host's side: a process of ours that starts one program again and again, one at a time.
//!
//! Limits bind whoever starts a process, and what it starts is born with them. The host cannot bind itself, and to bind a
//! program once it runs is too late. So a warden is bound, before it is asked for anything, and costs two wake-ups a call.
//! It is the parent of all that its program leaves behind, and ends that with it.

use super::feed::{Pipes, left};
use super::{Program, ended_within};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use serde::{Deserialize, Serialize};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a warden may take to get ready, and to end what it has started.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of one message between the two.
pub(super) const MESSAGE_BYTES_MAX: usize = 128 << 10;

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

/// What a warden is asked for; the pipes of a program come with it.
pub(super) const RUN: u8 = b'r';
/// Whatever else it is told while its program runs ends that.
const END: u8 = b'e';

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
    pub(super) socket: OwnedFd,
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
    pub(super) done: bool,
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

    /// Its next answer.
    pub(super) fn read(&self) -> io::Result<Answer> {
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
        let ends = move || {
            if !matches!(ended_within(&child, PATIENCE), Ok(true)) {
                let _ = child.kill();
            }
            let _ = child.wait();
        };
        // Without a thread for it, it is the system that collects it, with the host.
        let _ = std::thread::Builder::new().spawn(ends);
    }
}
