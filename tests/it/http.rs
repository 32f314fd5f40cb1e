//! Hooks of class http: an event is posted to a target, and its answer is the verdict.

mod deliver;
mod envelope;
mod load;
mod reach;
mod secure;
mod token;
mod verdict;

use tenterhook_tests::{Given, Target, World};

/// A hook that asks and tells a target, in the parts that a test may add to.
#[derive(Clone, Copy)]
pub(crate) struct Toml<'a> {
    pub(crate) target: &'a str,
    /// Keys at the top.
    pub(crate) top: &'a str,
    pub(crate) grants: &'a str,
    pub(crate) properties: &'a str,
}

impl<'a> Toml<'a> {
    /// Nothing but the target, which may be on this machine.
    pub(crate) fn of(target: &'a str) -> Self {
        Self { target, top: "priority = 1", grants: "networks = ['127.0.0.1']", properties: "" }
    }

    pub(crate) fn text(self) -> String {
        let Self { target, top, grants, properties } = self;
        let deadline = if top.contains("deadline") { "" } else { "limits = { deadline = '20s' }" };
        format!(
            "class = 'http'\nname = 'CRM'\ntype = 'cloud'\n{deadline}\n{top}\n\
             [[on]]\nevent = 'cloud.pre_create'\n[[on]]\nevent = 'cloud.post_create'\n\
             [grants]\n{grants}\n[properties]\ntarget = '{target}'\n{properties}\n"
        )
    }
}

/// A world whose hook `a` is this target.
pub(crate) async fn world(target: &Target) -> World {
    let url = target.url();
    Given::new().toml("a", &Toml::of(&url).text()).start().await.without_problems()
}
