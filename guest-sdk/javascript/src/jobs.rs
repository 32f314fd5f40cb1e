//! What a script puts off with promises: done before its call is over.

use boa_engine::job::{Job, JobExecutor, PromiseJob};
use boa_engine::{Context, JsResult};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The jobs of a realm. There are no timers, so promises are all there is.
#[derive(Default)]
pub(crate) struct Jobs(RefCell<VecDeque<PromiseJob>>);

impl Jobs {
    /// Does what was put off, if anything was.
    pub(crate) fn settle(self: &Rc<Self>, context: &mut Context) -> JsResult<()> {
        loop {
            let Some(job) = self.0.borrow_mut().pop_front() else { return Ok(()) };
            job.call(context)?;
        }
    }
}

impl JobExecutor for Jobs {
    fn enqueue_job(self: Rc<Self>, job: Job, _: &mut Context) {
        if let Job::PromiseJob(job) = job {
            self.0.borrow_mut().push_back(job);
        }
    }

    fn run_jobs(self: Rc<Self>, context: &mut Context) -> JsResult<()> {
        self.settle(context)
    }
}
