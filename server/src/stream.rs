//! Streams: bodies of requests and responses that are processed while they are received and sent.
//!
//! The work runs on a thread for blocking work, and reads and writes as with files. It is connected to the network by
//! channels of few chunks, so that neither side runs ahead of the other and memory is bounded.

use crate::body::Chunks;
use crate::budget::Memory;
use crate::failure::Failure;
use crate::work::{Control, Work};
use axum::body::{Body, Bytes};
use futures_util::stream::{self, StreamExt};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task;

/// Memory of a stream: a thread, chunks that are received but not read, an encoder and a decoder.
const STREAM_BYTES: u64 = 512 << 10;
/// Maximum number of chunks in a channel.
const WAITING: usize = 4;

/// A body that is read on a thread for blocking work.
#[derive(Debug)]
pub struct Incoming {
    chunks: Receiver<Result<Bytes, Failure>>,
    chunk: Bytes,
}

impl Incoming {
    /// Reads a body. Its size is not limited, but it must not be too slow.
    pub fn new(body: Body) -> Self {
        let (sender, chunks) = channel(WAITING);
        tokio::spawn(async move {
            let mut body = Chunks::new(body, None);
            loop {
                let chunk = body.next().await.transpose();
                let Some(chunk) = chunk else { return };
                let failed = chunk.is_err();
                // The reader may have stopped.
                if sender.send(chunk).await.is_err() || failed {
                    return;
                }
            }
        });
        Incoming { chunks, chunk: Bytes::new() }
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.chunks.blocking_recv() {
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(failure)) => return Err(io::Error::other(failure)),
                None => return Ok(0),
            }
        }
        let count = self.chunk.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.chunk.split_to(count));
        Ok(count)
    }
}

/// The control and the memory of a stream.
#[derive(Debug)]
pub struct Opening {
    control: Control,
    memory: Memory,
}

impl Opening {
    /// Takes the memory for a stream of some work.
    ///
    /// # Errors
    /// Fails if the memory budget is spent.
    pub fn new(work: &Work) -> Result<Self, Failure> {
        Ok(Opening { control: work.control().clone(), memory: work.account().hold(STREAM_BYTES)? })
    }
}

/// Returns a body that some work writes, as soon as its first chunk is available. When the body is dropped, the work is
/// interrupted.
///
/// # Errors
/// Fails if the work fails before its first chunk. If it fails later, the body breaks off, so that clients do not take it for
/// complete.
pub async fn outgoing(
    opening: Opening,
    work: impl FnOnce(&mut dyn FnMut(Bytes) -> Result<(), Failure>) -> Result<(), Failure> + Send + 'static,
) -> Result<Body, Failure> {
    let Opening { control, memory } = opening;
    let leaving = control.interrupt_on_drop();
    let watch = control.watch();
    let (sender, mut receiver) = channel::<Result<Bytes, Failure>>(WAITING);
    task::spawn_blocking(move || {
        let _kept = (watch, memory);
        let mut sink = |chunk: Bytes| {
            if chunk.is_empty() {
                return Ok(());
            }
            // The time to wait for a client that does not read is not counted.
            let sent = control.pause(|| sender.blocking_send(Ok(chunk)));
            sent.map_err(|_| Failure::bad_request("The client has disconnected"))
        };
        // A panic must not look like the end of the body.
        let result = catch_unwind(AssertUnwindSafe(|| work(&mut sink)))
            .unwrap_or_else(|_| Err(Failure::internal(&"the work of a stream panicked")));
        if let Err(failure) = result {
            tracing::debug!(%failure, "a stream has failed");
            // This fails if the client has disconnected.
            let _ = sender.blocking_send(Err(failure));
        }
    });
    let Some(first) = receiver.recv().await else { return Ok(Body::empty()) };
    let chunks = stream::unfold((Some(first?), receiver, leaving), async |(first, mut receiver, leaving)| {
        let chunk = match first {
            Some(first) => Ok(first),
            None => receiver.recv().await?,
        };
        Some((chunk, (None, receiver, leaving)))
    });
    // A compressing layer polls again at the end of the body.
    Ok(Body::from_stream(chunks.fuse()))
}
