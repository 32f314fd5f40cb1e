//! Standard output and standard error of a guest: lines of its log.

use crate::log::Printed;
use crate::machine::sandbox::SharedLog;
use bytes::Bytes;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Bytes that the guest may hand over at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// A stream that never blocks, never fails and keeps what the log limit allows.
#[derive(Clone)]
pub(in crate::machine) struct Print(pub(in crate::machine) SharedLog, pub(in crate::machine) Printed);

impl IsTerminal for Print {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Print {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    // The default hands lines to a task, which would lose the last words of a guest that traps.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Print {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for Print {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.lock().print(self.1, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK_BYTES)
    }
}

impl AsyncWrite for Print {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().print(self.1, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
