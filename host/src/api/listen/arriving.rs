//! A request's body that tells its connection's seat when it has come.

use super::seats::{Receiving, Seat};
use axum::body::{Body, Bytes};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

/// A body on its way.
struct Arriving {
    body: Incoming,
    /// Until it is there, or nobody wants it any more.
    receiving: Option<Receiving>,
}

/// The body of a request that came to a seat.
pub(super) fn arriving(body: Incoming, seat: &Seat) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    Body::new(Arriving { body, receiving: Some(seat.receive()) })
}

impl hyper::body::Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(pin!(&mut self.body).poll_frame(context));
        if self.body.is_end_stream() || !matches!(frame, Some(Ok(_))) {
            self.receiving = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
