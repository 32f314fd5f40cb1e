//! Forgets what is over, some rows at a time, while nobody else writes; and a little while somebody does.

use super::Record;
use crate::store::{Retention, StoreError, Sweep};
use std::sync::Weak;
use std::time::{Duration, Instant};

/// How long nobody has to write for the writer to be idle.
const IDLE: Duration = Duration::from_millis(10);
/// While the writer is busy, it is left alone so many times as long as it was kept from its work.
const SHARE: u32 = 4;

/// Keeps a journal tidy until nobody has it any more.
pub(super) async fn tidy(record: Weak<Record>, retention: Retention) {
    let mut least = 0;
    loop {
        let Some(look) = record.upgrade().map(|record| record.deliveries.clock().look) else { return };
        // Where there is still too much, the next round forgets more.
        match round(&record, &retention, least).await {
            Some(Ok(sweep)) if sweep.too_much => least = sweep.until,
            Some(ended) => {
                least = 0;
                report(ended);
                tokio::time::sleep(look).await;
            }
            None => return,
        }
    }
}

/// Goes once over everything. None where there is no journal any more.
async fn round(
    record: &Weak<Record>,
    retention: &Retention,
    least: i64,
) -> Option<Result<Sweep, StoreError>> {
    let mut sweep = {
        let (record, retention) = (record.upgrade()?, retention.clone());
        let now = record.now();
        let begun =
            record.deliveries.store().run(move |connection| Sweep::begin(connection, &retention, now, least));
        match begun.await {
            Ok(sweep) => sweep,
            Err(error) => return Some(Err(error)),
        }
    };
    while !sweep.done {
        let began = Instant::now();
        let commits = {
            let record = record.upgrade()?;
            match record.deliveries.store().run(move |connection| sweep.step(connection)).await {
                Ok(stepped) => sweep = stepped,
                Err(error) => return Some(Err(error)),
            }
            record.commits()
        };
        let took = began.elapsed();
        tokio::time::sleep(IDLE).await;
        if record.upgrade()?.commits() > commits + 1 {
            tokio::time::sleep(took * SHARE).await;
        }
    }
    Some(Ok(sweep))
}

fn report(ended: Result<Sweep, StoreError>) {
    match ended {
        Ok(sweep) if sweep.deleted > 0 => {
            tracing::info!(rows = sweep.deleted, "the journal forgot what is over");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the journal cannot forget what is over"),
    }
}
