//! Somebody who asks, and what it may.

use crate::api::tokens::{Scope, Token};
use crate::catalogue::Catalogue;
use crate::event::{CAUSE, Event};
use crate::problem::{Place, Problem};
use std::sync::Arc;

/// Somebody who asks.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Somebody unknown.
    Nobody,
    /// Somebody on this machine, as long as there are no tokens.
    Local,
    /// The user whom the service belongs to, who could as well read and write its files.
    Owner,
    /// Who holds a token.
    Holder(Arc<Token>),
}

impl Caller {
    fn scopes(&self) -> &[Scope] {
        match self {
            Self::Nobody => &[],
            Self::Local => &[Scope::Fire, Scope::Read],
            Self::Owner => &Scope::ALL,
            Self::Holder(token) => &token.scopes,
        }
    }

    /// Whether it has a scope.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes().iter().any(|has| has.covers(scope))
    }

    fn holds(&self) -> Option<&Token> {
        match self {
            Self::Holder(token) => Some(token),
            _ => None,
        }
    }

    /// The name of its token, if it has one.
    pub(crate) fn token(&self) -> Option<&str> {
        self.holds().map(|token| token.name.as_str())
    }

    /// What it is called: the source of events whose envelope names none.
    pub(crate) fn name(&self) -> &str {
        self.token().unwrap_or("http")
    }

    /// The tenant as which this caller may speak of its own events of a source; or why it may not.
    pub(crate) fn own(&self, source: &str, tenant: Option<String>) -> Result<Option<String>, Problem> {
        let refuse = |message: String| Err(Problem::error(Place::default(), message));
        let Some(token) = self.holds() else { return Ok(tenant) };
        if let Some(bound) = token.source.as_ref().filter(|bound| *bound != source) {
            return refuse(format!("the token is bound to source {bound:?}, not {source:?}"));
        }
        if !token.events.is_empty() {
            return refuse(format!(
                "the token is bound to {}, and may not speak of others",
                token.events.join(", ")
            ));
        }
        match (&token.tenant, tenant) {
            (Some(bound), Some(tenant)) if *bound != tenant => {
                refuse(format!("the token is bound to tenant {bound:?}, not {tenant:?}"))
            }
            (Some(bound), _) => Ok(Some(bound.clone())),
            (None, tenant) => Ok(tenant),
        }
    }

    /// The event as this caller may raise it: of its tenant, where its token is bound to one; or why it may not.
    pub(crate) fn bind(&self, event: Event, catalogue: &Catalogue) -> Result<Event, Problem> {
        let kind = catalogue.get(&event.name);
        let name = kind.map_or(event.name.as_str(), |kind| &kind.name);
        let refuse = |message: String| Err(Problem::error(Place::default(), message));
        let hosts = kind.is_some_and(|kind| kind.initial || kind.scheduled);
        if hosts && !self.may(Scope::Admin) {
            return refuse(format!("{name} is the host's to raise; from outside it takes the scope admin"));
        }
        if event.attributes.contains_key(CAUSE) && !self.may(Scope::Cause) {
            return refuse("to say what caused an event takes the scope cause".into());
        }
        let Some(token) = self.holds() else { return Ok(event) };
        if let Some(source) = token.source.as_ref().filter(|source| **source != event.source) {
            return refuse(format!("the token is bound to source {source:?}, not {:?}", event.source));
        }
        let covers = |bound: &String| match bound.strip_suffix(".*") {
            Some(area) => kind.is_some_and(|kind| kind.area == area),
            None => catalogue.get(bound).map_or(bound.as_str(), |kind| &kind.name) == name,
        };
        if !token.events.is_empty() && !token.events.iter().any(covers) {
            return refuse(format!("the token is bound to {}, not {name}", token.events.join(", ")));
        }
        match (&token.tenant, event.tenant()) {
            (Some(bound), Some(tenant)) if bound != tenant => {
                refuse(format!("the token is bound to tenant {bound:?}, not {tenant:?}"))
            }
            (Some(bound), None) => Ok(event.attribute("tenant", bound)),
            _ => Ok(event),
        }
    }
}
