//! A warden, from its own side: binds itself, then starts its program whenever it is asked to, and ends what is left of it.
//!
//! It is a single thread and the parent of whatever its program leaves behind, also of what has left the program's group
//! and session. When the host is gone, so is its socket, and the warden ends everything and itself.

use super::warden::{Answer, MESSAGE_BYTES_MAX, RUN, Rules};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, Mode, access};
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags};
use rustix::process::{
    Gid, Pid, PidfdFlags, Resource, Rlimit, Signal, Uid, WaitOptions, getpid, getrlimit, kill_process,
    kill_process_group, pidfd_open, set_child_subreaper, setrlimit, setsid, umask, waitpid,
};
use rustix::thread::{set_no_new_privs, set_thread_gid, set_thread_groups, set_thread_uid};
use rustix::time::{ClockId, clock_gettime};
use std::collections::HashMap;
use std::fs;
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// What a program may have of address space beyond its memory: for its code and its libraries.
const CODE_BYTES: u64 = 256 << 20;
/// Bytes of a file that it writes.
const FILE_BYTES: u64 = 16 << 20;
const STACK_BYTES: u64 = 8 << 20;
/// Files that it may have open.
const FILES: u64 = 256;
/// Processes of its user beyond those that there are when the warden starts.
const PROCESSES: u64 = 64;
/// The same where that user is the host's own, whose threads come and go.
const PROCESSES_BESIDE_HOST: u64 = 512;
/// CPU time after which a warden lets another take its place: it is bound as its program is.
const OWN_CPU: i64 = 1;
/// Bytes of what it is asked for, once it is bound.
const WORD_BYTES_MAX: usize = 16;
/// How long what a program has left behind is ended.
const CLEARING: Duration = Duration::from_secs(2);

/// The warden's life; its end of the socket is standard input.
pub(crate) fn main() -> ExitCode {
    let stdin = io::stdin();
    let socket = stdin.as_fd();
    let rules = match receive(socket, MESSAGE_BYTES_MAX) {
        Ok((bytes, _)) => serde_json::from_slice::<Rules>(&bytes).map_err(io::Error::from),
        Err(error) => Err(error.into()),
    };
    let bound = rules.and_then(|rules| bind(&rules).map(|()| rules));
    let rules = match bound {
        Ok(rules) => rules,
        Err(error) => {
            say(socket, &Answer::Failed(error.to_string()));
            return ExitCode::FAILURE;
        }
    };
    say(socket, &Answer::Ready);
    loop {
        let Ok((message, pipes)) = receive(socket, WORD_BYTES_MAX) else { return ExitCode::FAILURE };
        match (message.first(), <[OwnedFd; 3]>::try_from(pipes)) {
            (None, _) => return ExitCode::SUCCESS,
            (Some(&RUN), Ok(pipes)) => {
                let answer = run(&rules, pipes, socket);
                say(socket, &answer);
                if matches!(answer, Answer::Ended { done: true, .. }) {
                    return ExitCode::SUCCESS;
                }
            }
            // It was asked to end what had just ended by itself.
            _ => {}
        }
    }
}

/// Takes on all limits and gives up all rights, for itself and for what it will start.
fn bind(rules: &Rules) -> io::Result<()> {
    setsid().or_else(|error| if error == Errno::PERM { Ok(getpid()) } else { Err(error) })?;
    set_child_subreaper(Some(getpid()))?;
    // Whatever the host was started with and did not open itself.
    close_fds::set_fds_cloexec(3, &[]);
    std::env::set_current_dir("/")?;
    umask(Mode::from_raw_mode(0o077));
    let own = rustix::process::getuid().as_raw();
    let (uid, beside) = match rules.user {
        Some((uid, _)) if uid != own => (uid, PROCESSES),
        _ => (own, PROCESSES_BESIDE_HOST),
    };
    limit(Resource::Nproc, tasks_of(uid) + beside)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, FILE_BYTES)?;
    limit(Resource::Nofile, FILES)?;
    limit(Resource::Stack, STACK_BYTES)?;
    // One that ends at the first of the two can be told from one that was killed for something else.
    let cpu = Rlimit { current: Some(rules.cpu_seconds), maximum: Some(rules.cpu_seconds + 1) };
    setrlimit(Resource::Cpu, cpu)?;
    limit(Resource::Data, rules.memory_bytes)?;
    limit(Resource::As, rules.memory_bytes + CODE_BYTES)?;
    if let Some((uid, gid)) = rules.user {
        // Of this thread, which is the only one.
        set_thread_groups(&[])?;
        set_thread_gid(Gid::from_raw(gid))?;
        set_thread_uid(Uid::from_raw(uid))?;
    }
    set_no_new_privs(true)?;
    access(&*rules.program, Access::EXEC_OK)
        .map_err(|error| io::Error::other(format!("its user may not run {}: {error}", rules.program)))?;
    Ok(())
}

/// Lowers a limit for good; it never rises.
fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let value = getrlimit(resource).maximum.map_or(value, |maximum| maximum.min(value));
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}

/// Processes and threads of a user; as far as they can be seen.
fn tasks_of(uid: u32) -> u64 {
    let status = |entry: io::Result<fs::DirEntry>| fs::read_to_string(entry.ok()?.path().join("status")).ok();
    let number = |status: &str, key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let all = fs::read_dir("/proc").into_iter().flatten().filter_map(status);
    let of_user = all.filter(|status| number(status, "Uid:") == Some(uid.into()));
    of_user.filter_map(|status| number(&status, "Threads:")).sum()
}

fn run(rules: &Rules, [stdin, stdout, stderr]: [OwnedFd; 3], socket: BorrowedFd<'_>) -> Answer {
    let mut command = Command::new(&rules.program);
    command
        .args(&rules.arguments)
        .env_clear()
        .envs(rules.environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::from(stdin)).stdout(Stdio::from(stdout)).stderr(Stdio::from(stderr));
    let child = match command.process_group(0).spawn() {
        Ok(child) => child,
        Err(error) => return Answer::Failed(error.to_string()),
    };
    // Its pipes are the program's alone.
    drop(command);
    let pid = Pid::from_child(&child);
    let waited = wait(pid, socket);
    let _ = kill_process_group(pid, Signal::KILL);
    let status = waitpid(Some(pid), WaitOptions::empty());
    let cleared = clear();
    let spent = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    match (waited, status) {
        (Ok(()), Ok(Some((_, status)))) => {
            Answer::Ended { status: status.as_raw(), done: !cleared || spent >= OWN_CPU }
        }
        (Err(error), _) | (_, Err(error)) => Answer::Failed(format!("it cannot be waited for: {error}")),
        (Ok(()), Ok(None)) => Answer::Failed("its end was not seen".into()),
    }
}

/// Waits until the program has ended, or is to end, or the host is gone.
fn wait(pid: Pid, socket: BorrowedFd<'_>) -> rustix::io::Result<()> {
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    loop {
        let mut fds = [PollFd::new(&handle, PollFlags::IN), PollFd::from_borrowed_fd(socket, PollFlags::IN)];
        match poll(&mut fds, None) {
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error),
            Ok(_) if fds[0].revents().is_empty() => {
                // Whatever else is said: a program is running, and nobody waits for it any more.
                let _ = receive(socket, WORD_BYTES_MAX);
            }
            Ok(_) => {}
        }
        return Ok(());
    }
}

/// Ends and collects everything that the program has left behind; whether nothing is left.
fn clear() -> bool {
    let began = Instant::now();
    loop {
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break,
                // There is no child, and so no grandchild.
                Err(_) => return true,
            }
        }
        if began.elapsed() > CLEARING {
            return false;
        }
        // Nothing that was killed is collected before all are: so long it counts against the number of processes,
        // and what multiplies comes to its end.
        for pid in descendants() {
            let _ = kill_process(pid, Signal::KILL);
        }
        let moment = Timespec { tv_sec: 0, tv_nsec: 1_000_000 };
        let _ = poll(&mut [], Some(&moment));
    }
}

/// Every process that stems from this one.
fn descendants() -> Vec<Pid> {
    let parent = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // Behind the name, which may hold anything: the state, and the parent.
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some((pid, parent))
    };
    let all = fs::read_dir("/proc").into_iter().flatten().filter_map(parent);
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for (pid, parent) in all {
        children.entry(parent).or_default().push(pid);
    }
    let mut found = children.remove(&getpid().as_raw_pid()).unwrap_or_default();
    let mut next = 0;
    while let Some(pid) = found.get(next) {
        let more = children.remove(pid).unwrap_or_default();
        found.extend(more);
        next += 1;
    }
    found.into_iter().filter_map(Pid::from_raw).collect()
}

fn say(socket: BorrowedFd<'_>, answer: &Answer) {
    let Ok(bytes) = serde_json::to_vec(answer) else { return };
    // Who does not listen any more is gone.
    let _ = rustix::net::send(socket, &bytes, SendFlags::NOSIGNAL);
}

/// A message, and the pipes that come with it; an empty one where the host is gone.
fn receive(socket: BorrowedFd<'_>, bytes_max: usize) -> rustix::io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut bytes = vec![0; bytes_max];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::net::recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut bytes)],
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    bytes.truncate(received.bytes);
    let pipes = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(pipes) => Some(pipes),
        _ => None,
    });
    Ok((bytes, pipes.flatten().collect()))
}
