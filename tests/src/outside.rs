//! Faults from outside: system calls that fail, and a disk of a certain size. Where the means are missing, a line says so.

use std::fmt::Display;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

/// Says that a test is not run for want of something; with `TENTERHOOK_TEST_ALL` that is a failure.
#[track_caller]
#[expect(clippy::print_stdout, reason = "whoever runs the tests is to know what was not run")]
pub(crate) fn not_run<T>(what: &str, why: impl Display) -> Option<T> {
    assert!(std::env::var_os("TENTERHOOK_TEST_ALL").is_none(), "{what} is needed: {why}");
    println!("needs {what}: not run ({why})");
    None
}

/// Whether there is a program; a line says so where there is not.
#[track_caller]
pub fn has_program(name: &str) -> bool {
    let found = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    match found {
        Ok(_) => true,
        Err(error) => not_run::<()>(name, error).is_some(),
    }
}

/// System calls of a process fail, as long as this lives.
pub struct Failing(Child);

impl Failing {
    /// Lets `calls`, such as `fdatasync,fsync`, fail with EIO in each thread from its `nth` on.
    #[track_caller]
    pub fn calls(process: u32, calls: &str, nth: u32) -> Option<Self> {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-p", &process.to_string(), "-e", &format!("trace={calls}")]);
        strace.args(["-e", &format!("inject={calls}:error=EIO:when={nth}+")]);
        let mut child = match strace.stdin(Stdio::null()).stderr(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => return not_run("strace", error),
        };
        let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let (said, says) = mpsc::channel();
        // Read to its end: strace goes on only while somebody reads what it says.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(said.send(line))));
        let mut failing = Self(child);
        match says.recv_timeout(Duration::from_secs(20)) {
            Ok(line) if line.contains("attached") => Some(failing),
            other => {
                failing.end();
                not_run("strace", format!("{other:?}"))
            }
        }
    }

    fn end(&mut self) {
        // It lets go of the process.
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        self.end();
    }
}

/// A disk of a certain size; thrown away afterwards.
pub struct Disk(TempDir);

impl Disk {
    /// Mounts one.
    #[track_caller]
    pub fn of(size: &str) -> Option<Self> {
        let folder = TempDir::new().expect("there is room for a temporary directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path());
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(folder)),
            Ok(output) => not_run("tmpfs", String::from_utf8_lossy(&output.stderr).trim()),
            Err(error) => not_run("tmpfs", error),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}
