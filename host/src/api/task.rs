//! Work that does not end with the request that asked for it.

use std::future::poll_fn;
use std::task::Poll;

/// Has something done that goes on when its caller leaves. What has to wait becomes a task of its own; most is over
/// when it is first looked at, and needs none.
pub(super) async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let mut work = Box::pin(work);
    match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
        Poll::Ready(done) => done,
        Poll::Pending => {
            tokio::spawn(work).await.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()))
        }
    }
}
