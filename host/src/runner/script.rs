//! Calls a program: the event on its standard input, its verdict on standard output or by its exit code.
//!
//! Wardens start it; a few wait. A call runs on a thread of its own, which also ends what is left after its deadline.

use super::verdict;
use crate::envelope;
use crate::limits::Limits;
use crate::log::{CallLog, Level, LogLine, LogSink, Mask};
use crate::machine::{Call, Report};
use crate::outcome::{Failure, Verdict};
use crate::process::{Program, Ran, Rules, Started, Stopped, Warden, Work};
use crate::program::Place;
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;
use tokio::time::timeout_at;

/// The exit code of a veto, whose reason is on standard output.
const VETO: i32 = 10;
/// The code of such a veto.
const VETO_CODE: &str = "refused";

type Failed = (Failure, String);

/// One version of a script hook.
pub(crate) struct Script {
    pub(crate) hook: Arc<str>,
    pub(crate) version: Arc<str>,
    /// Where it lies, and what it was like there.
    pub(crate) place: Mutex<Place>,
    pub(crate) rules: Rules,
    /// What starts the program, or why nothing can.
    pub(crate) warden: Result<Program, String>,
    pub(crate) jerasoft: bool,
    pub(crate) limits: Limits,
    pub(crate) log: LogSink,
    pub(crate) mask: Mask,
    /// Wardens that are kept.
    pub(crate) kept_max: usize,
    pub(crate) waiting: Mutex<Vec<Warden>>,
}

impl Script {
    /// Runs the program once. Ends by the deadline.
    pub(crate) async fn call(self: &Arc<Self>, call: Call<'_>) -> Report {
        if call.dry {
            return Report::dry();
        }
        let (event, deadline) = (Arc::<str>::from(&*call.event.id), call.deadline);
        let input = match self.jerasoft {
            true => envelope::to_jerasoft(call.event),
            false => envelope::to_cloudevent(call.event, call.facets),
        };
        let (tell, told) = oneshot::channel();
        let script = Arc::clone(self);
        tokio::task::spawn_blocking(move || script.run(&event, input.as_bytes(), deadline, tell));
        let result = match timeout_at(deadline.into(), told).await {
            Ok(Ok(result)) => result,
            // Its thread ends what it has begun.
            Err(_) => Err((Failure::Deadline, "still running at its deadline".into())),
            Ok(Err(_)) => Err((Failure::Error, "the host has no thread for it".into())),
        };
        Report::of(result)
    }

    /// Starts a warden, which finds out whether the program may be run by its user.
    pub(crate) async fn try_out(self: &Arc<Self>) -> Result<(), Failed> {
        let script = Arc::clone(self);
        let start = move || script.start().map(|warden| script.keep(warden));
        let started = tokio::task::spawn_blocking(start).await;
        started
            .unwrap_or_else(|error| Err(error.to_string()))
            .map_err(|reason| (Failure::Unavailable, reason))
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that the same program has been written again.
    pub(crate) fn lies(&self, place: &Place) {
        self.place().clone_from(place);
    }

    fn start(&self) -> Result<Warden, String> {
        Warden::start(self.warden.as_ref().map_err(Clone::clone)?, &self.rules)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Warden>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, warden: Warden) {
        let mut waiting = self.waiting();
        if waiting.len() < self.kept_max {
            waiting.push(warden);
        }
    }

    fn run(
        &self,
        event: &Arc<str>,
        input: &[u8],
        deadline: Instant,
        tell: oneshot::Sender<Result<Verdict, Failed>>,
    ) {
        if !self.place().is_unchanged() {
            let message = "its program was changed since it was loaded; a reload takes it up";
            let _ = tell.send(Err((Failure::Unavailable, message.into())));
            return;
        }
        let waiting = self.waiting().pop();
        let warden = match waiting.map_or_else(|| self.start(), Ok) {
            Ok(warden) => warden,
            Err(reason) => {
                let _ = tell.send(Err((Failure::Unavailable, reason)));
                return;
            }
        };
        if Instant::now() >= deadline {
            // Nobody waits any more, and nothing has begun.
            self.keep(warden);
            return;
        }
        let work = Work {
            input,
            deadline,
            output_bytes_max: self.limits.output_bytes,
            errors_bytes_max: self.limits.log_bytes,
        };
        let started = warden.run(&work);
        let last_words = self.log(event, &started);
        let _ = tell.send(self.verdict(&started.result, last_words));
        if let Some(warden) = warden.finish(&started) {
            self.keep(warden);
        }
    }

    /// Logs what the program wrote to standard error, and says what it wrote last.
    fn log(&self, event: &Arc<str>, Started { errors: (bytes, dropped), .. }: &Started) -> Option<String> {
        let text = String::from_utf8_lossy(bytes);
        let lines = || text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        let mut log = CallLog::new(usize::MAX, &self.mask);
        for line in lines() {
            let (level, message) = levelled(line);
            log.line(level, "stderr", message);
        }
        if *dropped > 0 {
            log.line(Level::Warn, "", &format!("{dropped} bytes beyond the log limit were dropped"));
        }
        for (level, context, message) in log.end() {
            let (hook, event) = (Arc::clone(&self.hook), Arc::clone(event));
            (self.log)(LogLine { hook, event, level, context, message });
        }
        lines().next_back().map(|line| levelled(line).1.to_owned())
    }

    /// What a run says.
    fn verdict(&self, result: &Result<Ran, Stopped>, last_words: Option<String>) -> Result<Verdict, Failed> {
        let Ran { status, stdout, .. } = match result {
            Ok(ran) => ran,
            Err(Stopped::Time) => return Err((Failure::Deadline, "still running at its deadline".into())),
            Err(Stopped::Output) => {
                let message = format!("it printed more than {} bytes", self.limits.output_bytes);
                return Err((Failure::Output, message));
            }
            Err(Stopped::Start(reason)) => {
                return Err((Failure::Unavailable, format!("it cannot be started: {reason}")));
            }
            Err(Stopped::Lost(error)) => {
                return Err((Failure::Error, format!("its warden is gone: {error}")));
            }
        };
        match status.code() {
            Some(0) if stdout.iter().all(u8::is_ascii_whitespace) => Ok(Verdict::Accept),
            Some(0) => match std::str::from_utf8(stdout) {
                Ok(text) => verdict::parse(text, &self.mask),
                Err(error) => Err((Failure::Invalid, format!("its answer is not UTF-8: {error}"))),
            },
            Some(VETO) => {
                let reason = String::from_utf8_lossy(stdout);
                let reason = self.mask.hide(reason.trim()).into_owned();
                Ok(Verdict::Veto { code: VETO_CODE.into(), reason })
            }
            _ => {
                let (failure, what) = ending(*status);
                let message = match last_words {
                    Some(words) => format!("{what}; it last wrote: {words}"),
                    None => what,
                };
                Err((failure, verdict::said(&message, &self.mask)))
            }
        }
    }
}

/// What an end says that is no verdict.
fn ending(status: ExitStatus) -> Failed {
    let Some(signal) = status.signal() else {
        return (Failure::Error, format!("it exited with status {}", status.code().unwrap_or_default()));
    };
    let is = |known: Signal| signal == known.as_raw();
    if is(Signal::XCPU) {
        return (Failure::Deadline, "its CPU time was used up".into());
    }
    // Nobody here did that: whoever is late was told so.
    if is(Signal::KILL) {
        return (Failure::Memory, "it was killed, as the system does where memory runs out".into());
    }
    if is(Signal::XFSZ) {
        return (Failure::Output, "it wrote a file that is larger than it may be".into());
    }
    (Failure::Error, format!("it was ended by signal {signal}"))
}

/// A line and its level, which may stand before it as the system's journal has it: `<3>`.
fn levelled(line: &str) -> (Level, &str) {
    let level = |digit: &str| {
        Some(match digit {
            "0" | "1" | "2" => Level::Critical,
            "3" => Level::Error,
            "4" => Level::Warn,
            "5" | "6" => Level::Info,
            "7" => Level::Debug,
            _ => return None,
        })
    };
    let marked = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    let marked = marked.and_then(|(digit, message)| Some((level(digit)?, message.trim_start())));
    marked.unwrap_or((Level::Info, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_say_its_level() {
        assert_eq!(levelled("<3>disk full"), (Level::Error, "disk full"));
        assert_eq!(levelled("<7> seen"), (Level::Debug, "seen"));
        for line in ["<9>x", "<b>x", "3>x", "<3", "plain"] {
            assert_eq!(levelled(line), (Level::Info, line));
        }
    }
}
