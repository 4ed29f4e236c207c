//! Bodies of requests: read within limits of size and time.

use crate::budget::{Account, Held, Memory};
use crate::failure::Failure;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

/// Total time that the server waits for the next [`PORTION`] bytes.
const PATIENCE: Duration = Duration::from_secs(30);
const PORTION: u64 = 30 << 10;
/// Number of bytes of a body that are read before its request takes a place.
const SMALL: usize = 64 << 10;
/// Maximum time, and number of bytes, for which the rest of an unwanted body is read.
const LINGERING: Duration = Duration::from_secs(10);
const MOST_LINGERING: usize = 64 << 20;
/// Maximum number of bytes that are allocated before they arrive.
const TRUSTED: u64 = 1 << 20;

/// A body that is read chunk by chunk.
#[derive(Debug)]
pub struct Chunks {
    body: Body,
    received: u64,
    limit: Option<u64>,
    /// Number of bytes of a portion that have arrived, and the time that the server has waited for them. Only the time of
    /// waiting counts, because the reader of the chunks may be slow.
    portion: u64,
    waited: Duration,
    patience: Duration,
}

impl Chunks {
    /// Makes a reader of a body's chunks, with a limit on the body's size in bytes.
    pub fn new(body: Body, limit: Option<u64>) -> Self {
        Chunks { body, received: 0, limit, portion: 0, waited: Duration::ZERO, patience: PATIENCE }
    }

    /// Returns the next chunk, or `None` at the end.
    ///
    /// # Errors
    /// Fails if the body is too large, arrives too slowly, or breaks off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            // Small bodies have usually arrived together with the head, and need no timer.
            let frame = match self.body.frame().now_or_never() {
                Some(frame) => frame,
                None => self.wait().await?,
            };
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|error| {
                Failure::bad_request(format!("The body cannot be read: {}", root(&error)))
            })?;
            let Ok(chunk) = frame.into_data() else { continue };
            self.received += chunk.len() as u64;
            self.portion += chunk.len() as u64;
            if self.portion >= PORTION {
                (self.portion, self.waited) = (0, Duration::ZERO);
            }
            within(self.received, self.limit)?;
            return Ok(Some(chunk));
        }
    }

    /// Waits for the next frame.
    async fn wait(&mut self) -> Result<Option<Result<Frame<Bytes>, axum::Error>>, Failure> {
        let start = Instant::now();
        let patience = self.patience.saturating_sub(self.waited);
        let frame = timeout(patience, self.body.frame())
            .await
            .map_err(|_| Failure::new(StatusCode::REQUEST_TIMEOUT, "The body arrives too slowly"))?;
        self.waited += start.elapsed();
        Ok(frame)
    }
}

/// A body that was read completely, and the memory that is counted for it.
#[derive(Debug)]
pub struct Whole {
    /// The body.
    pub bytes: Bytes,
    /// Its memory.
    pub memory: Memory,
}

impl Whole {
    /// Makes a response body of text. It takes over the memory of the request's body, which is dropped.
    ///
    /// # Errors
    /// Fails if the text is larger and the budget is spent.
    pub fn answer(self, text: Vec<u8>) -> Result<Bytes, Failure> {
        drop(self.bytes);
        Ok(Held::new(text, self.memory)?.into_bytes())
    }
}

/// Reads a complete body.
///
/// # Errors
/// As [`Chunks::next`], and if the memory budget is spent.
pub async fn read(headers: &HeaderMap, body: Body, limit: u64, account: &Account) -> Result<Whole, Failure> {
    read_and_enter(headers, body, limit, account, || Ok(())).await.map(|(body, ())| body)
}

/// Reads a complete body, and takes a place for its request. The place is taken after a small body has arrived, so that slow
/// clients take no places, but before a large body takes memory.
///
/// # Errors
/// As [`Chunks::next`], and if there is no place, or the memory budget is spent.
pub async fn read_and_enter<Place>(
    headers: &HeaderMap,
    body: Body,
    limit: u64,
    account: &Account,
    enter: impl FnOnce() -> Result<Place, Failure>,
) -> Result<(Whole, Place), Failure> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    within(announced.unwrap_or(0), Some(limit))?;
    let mut chunks = Chunks::new(body, Some(limit));
    let mut memory = account.memory();
    let first = chunks.next().await?.unwrap_or_default();
    memory.cover(first.len() as u64)?;
    let Some(second) = chunks.next().await? else { return Ok((Whole { bytes: first, memory }, enter()?)) };
    let mut whole = Vec::with_capacity(announced.unwrap_or(0).min(TRUSTED) as usize);
    memory.cover(whole.capacity() as u64)?;
    let mut append = |chunk: &Bytes| -> Result<usize, Failure> {
        memory.cover((whole.len() + chunk.len()) as u64)?;
        whole.extend_from_slice(chunk);
        Ok(whole.len())
    };
    append(&first)?;
    let mut length = append(&second)?;
    let mut ended = false;
    while length < SMALL && !ended {
        match chunks.next().await? {
            Some(chunk) => length = append(&chunk)?,
            None => ended = true,
        }
    }
    let place = enter()?;
    while !ended && let Some(chunk) = chunks.next().await? {
        append(&chunk)?;
    }
    Ok((Whole { bytes: whole.into(), memory }, place))
}

fn within(bytes: u64, limit: Option<u64>) -> Result<(), Failure> {
    match limit {
        Some(limit) if bytes > limit => {
            Err(Failure::too_large(format!("The body is larger than the limit of {limit} bytes")))
        }
        _ => Ok(()),
    }
}

/// Returns the innermost cause of an error.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Wraps a body, so that the rest of it is read and discarded when it is dropped.
///
/// If a connection is closed while its client still writes, the response may be lost, and the client does not learn what was
/// wrong.
pub fn lingering(body: Incoming) -> Body {
    Body::new(Lingering { body: Some(body) })
}

struct Lingering {
    body: Option<Incoming>,
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(context);
        if let Poll::Ready(None | Some(Err(_))) = frame {
            self.body = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(mut body) = self.body.take().filter(|body| !body.is_end_stream()) else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(timeout(LINGERING, async move {
            let mut received = 0;
            while let Some(Ok(frame)) = body.frame().await {
                received += frame.data_ref().map_or(0, Bytes::len);
                if received > MOST_LINGERING {
                    return;
                }
            }
        }));
    }
}

/// Returns a body that fails if it exceeds a limit or comes too slowly.
pub fn limited(body: Body, limit: u64) -> Body {
    let chunks = Chunks::new(body, Some(limit));
    Body::from_stream(futures_util::stream::try_unfold(chunks, async |mut chunks| {
        Ok::<_, Failure>(chunks.next().await?.map(|chunk| (chunk, chunks)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use tokio::time::sleep;

    /// Reads a body that sends chunks of a size after a pause each. Returns the number of bytes received or the status of
    /// the failure.
    fn read_slowly(chunks: usize, bytes: usize, pause: u64, patience: u64) -> Result<u64, u16> {
        let body = stream::unfold(0, move |sent| async move {
            sleep(Duration::from_millis(pause)).await;
            (sent < chunks).then(|| (Ok::<_, std::io::Error>(Bytes::from(vec![b' '; bytes])), sent + 1))
        });
        let body = Body::from_stream(body);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut chunks =
                Chunks { patience: Duration::from_millis(patience), ..Chunks::new(body, Some(1 << 20)) };
            while chunks.next().await.map_err(|failure| failure.status.as_u16())?.is_some() {}
            Ok(chunks.received)
        })
    }

    #[test]
    fn slow_bodies_are_rejected() {
        assert_eq!(read_slowly(2, 1 << 20, 10, 100_000), Err(413));
        // A silent body, and chunks that are too slow in total.
        assert_eq!(read_slowly(1, 10, 100_000, 50), Err(408));
        assert_eq!(read_slowly(1_000, 10, 10, 100), Err(408));
        // Chunks that are large enough renew the server's patience.
        assert_eq!(read_slowly(20, PORTION as usize, 20, 200), Ok(20 * PORTION));
    }
}
