//! Lists that a journal gives page by page.

use super::exit::Exit;
use super::print::{self, Out};
use serde::Serialize;

/// Items of one page of a service.
const PAGE: usize = 500;

/// How much of a list is shown, and how.
#[derive(clap::Args)]
pub(super) struct Listing {
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,

    /// Print JSON: an array, or an object where one is shown
    #[arg(long)]
    pub(super) json: bool,
}

/// Where to go on and how that is said: an option and its value.
pub(super) type Start<'a> = (&'a str, Option<String>);

impl Listing {
    /// Shows as much as is wanted. `page` has the place to go on from and how many at most, and returns what is there and
    /// from where to go on.
    pub(super) fn show<T: Serialize, N: ToString>(
        &self,
        (option, from): Start<'_>,
        page: impl Fn(Option<String>, Option<String>) -> anyhow::Result<(Vec<T>, Option<N>)>,
        table: impl FnOnce(&[T], &mut Out),
        out: &mut Out,
    ) -> anyhow::Result<Exit> {
        let (mut found, mut from) = (Vec::new(), from);
        let next = loop {
            let limit = (self.limit - found.len()).min(PAGE).to_string();
            let (items, next) = page(from, Some(limit))?;
            found.extend(items);
            from = next.map(|next| next.to_string());
            if from.is_none() || found.len() >= self.limit {
                break from;
            }
        };
        if self.json {
            out.json(&found)?;
            return Ok(Exit::Accepted);
        }
        table(&found, out);
        match next {
            Some(next) => print::note(&format!("there may be more, with {option} {next}")),
            None if found.is_empty() => print::note("nothing found"),
            None => {}
        }
        Ok(Exit::Accepted)
    }
}
