//! How a request's body is taken in: up to one event's size at once, and a batch beyond it when there is room.
//!
//! A batch is held three or four times while it runs: as it came, in events, in outcomes and in the answer. So what all
//! connections together hold of batches is bounded, and a batch that has to wait is not read before its turn; its
//! sender notices nothing but that it is slow. What fits into one event never waits.

use super::super::extract::{Body, media_type};
use super::super::problem::Refusal;
use super::{BATCH, JSON};
use crate::envelope::ENVELOPE_BYTES;
use crate::limits::{KIB, MIB};
use axum::body::{Body as Arriving, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A batch may be as large as so many events that are as large as they may be.
const EVENTS: usize = 16;
/// What all batches that are taken in at the same time may have together: ten of the default's largest, or sixty
/// of 1 MiB, so that their copies stay under 256 MiB whatever the number of connections.
const TOGETHER: usize = 64 * MIB;
/// How long a batch may take to come once it is its turn, since others may be waiting.
const TIME: Duration = Duration::from_secs(10);

/// Room for batches.
pub(in super::super) struct Room {
    /// In KiB.
    places: Arc<Semaphore>,
    time: Duration,
}

/// What a batch takes of the room until it is answered; nothing for what fits into one event.
pub(super) type Share = Option<OwnedSemaphorePermit>;

impl Default for Room {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(TOGETHER / KIB)), time: TIME }
    }
}

impl Room {
    /// Reads a body whose events have at most `data_bytes_max` bytes of data.
    pub(super) async fn read(
        &self,
        request: Request,
        headers: &HeaderMap,
        data_bytes_max: usize,
    ) -> Result<(Body, Share), Refusal> {
        let one_max = data_bytes_max + ENVELOPE_BYTES;
        let said = request.body().size_hint();
        if !may_be_batch(headers) || said.upper().is_some_and(|bytes| bytes <= one_max as u64) {
            return Ok((Body::read(request, one_max).await?, None));
        }
        let batch_max = (EVENTS * one_max).min(TOGETHER).max(one_max);
        if said.lower() > batch_max as u64 {
            return Err(too_large(batch_max));
        }
        let mut body = request.into_body();
        let mut bytes = Vec::new();
        fill(&mut body, &mut bytes, one_max).await?;
        if bytes.len() <= one_max {
            return Ok((Body::from(bytes), None));
        }
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
            return Err(too_large(one_max));
        }
        let most = said.upper().map_or(batch_max, |bytes| bytes as usize);
        let share = self.share(most).await;
        let rest = timeout(self.time, fill(&mut body, &mut bytes, batch_max)).await;
        rest.map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the batch took too long to come"))??;
        if bytes.len() > batch_max {
            return Err(too_large(batch_max));
        }
        Ok((Body::from(bytes), Some(share)))
    }

    async fn share(&self, bytes: usize) -> OwnedSemaphorePermit {
        let kib = u32::try_from(bytes.min(TOGETHER).div_ceil(KIB)).unwrap_or(u32::MAX);
        Arc::clone(&self.places).acquire_many_owned(kib).await.expect("the semaphore is never closed")
    }
}

/// Whether the head allows for a batch.
fn may_be_batch(headers: &HeaderMap) -> bool {
    let media = media_type(headers);
    media == BATCH || media == JSON && !headers.contains_key("ce-specversion")
}

/// Reads on until the end, or until there is more than `bytes_max`.
async fn fill(body: &mut Arriving, bytes: &mut Vec<u8>, bytes_max: usize) -> Result<(), Refusal> {
    while bytes.len() <= bytes_max
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|error| {
            Refusal::new(StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}"))
        })?;
        bytes.extend_from_slice(&frame.into_data().unwrap_or_else(|_| Bytes::new()));
    }
    Ok(())
}

fn too_large(bytes_max: usize) -> Refusal {
    let detail = format!("the body has more than {bytes_max} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    const DATA: usize = KIB;
    const LARGE: usize = DATA + ENVELOPE_BYTES + 1;

    async fn read(room: &Room, body: Arriving) -> Result<(Body, Share), Refusal> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, BATCH.parse().unwrap())]);
        room.read(Request::new(body), &headers, DATA).await
    }

    #[tokio::test]
    async fn a_batch_waits_until_there_is_room_and_what_fits_into_an_event_does_not() {
        let (room, batch) = (Room::default(), "[".repeat(LARGE));
        let others = room.share(TOGETHER - LARGE - KIB).await;
        let (_, first) = read(&room, batch.clone().into()).await.ok().unwrap();
        assert!(first.is_some());
        let mut second = Box::pin(read(&room, batch.into()));
        tokio::select! {
            biased;
            _ = &mut second => panic!("there is no room for it"),
            small = read(&room, "[]".into()) => assert!(small.is_ok_and(|(_, share)| share.is_none())),
        }
        drop(others);
        assert!(second.await.is_ok_and(|(body, share)| body.bytes().len() == LARGE && share.is_some()));
        drop(first);
        assert_eq!(room.places.available_permits(), TOGETHER / KIB);
    }

    #[tokio::test]
    async fn a_batch_that_does_not_come_gives_its_room_back() {
        let room = Room { time: Duration::ZERO, ..Room::default() };
        let begun = tokio_stream::iter([Ok::<_, std::io::Error>(vec![b'['; LARGE])]);
        let stuck = tokio_stream::StreamExt::chain(begun, tokio_stream::pending());
        let refusal = read(&room, Arriving::from_stream(stuck)).await.err().unwrap();
        assert_eq!(refusal.status, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(room.places.available_permits(), TOGETHER / KIB);
    }
}
