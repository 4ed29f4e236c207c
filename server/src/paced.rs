//! Connections that are closed if their clients read too slowly.
//!
//! As for bodies of requests, only the time of waiting counts: a connection without data to send may be idle.

use pin_project_lite::pin_project;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

pin_project! {
    /// A connection to a client that must read a portion of bytes within a time.
    #[derive(Debug)]
    pub struct Paced<S> {
        #[pin]
        stream: S,
        patience: Duration,
        portion: usize,
        // Number of bytes of a portion that were written, and the time that the server has waited for that.
        written: usize,
        waited: Duration,
        // The beginning of the current wait, and the timer that ends it.
        waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    }
}

impl<S> Paced<S> {
    /// Wraps a connection whose client must read each `portion` bytes within a total wait of `patience`.
    pub fn new(stream: S, portion: usize, patience: Duration) -> Self {
        Paced { stream, patience, portion, written: 0, waited: Duration::ZERO, waiting: None }
    }

    /// Returns the connection.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Records the outcome of an attempt to write.
    fn note<T>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        result: Poll<io::Result<T>>,
        count: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        let this = self.project();
        if let Poll::Ready(result) = result {
            if let Some((since, _)) = this.waiting.take() {
                *this.waited += since.elapsed();
            }
            if let Ok(done) = &result {
                *this.written += count(done);
                if *this.written >= *this.portion {
                    (*this.written, *this.waited) = (0, Duration::ZERO);
                }
            }
            return Poll::Ready(result);
        }
        let left = this.patience.saturating_sub(*this.waited);
        let (_, end) = this.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        ready!(end.as_mut().poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead> AsyncRead for Paced<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.project().stream.poll_read(context, buffer)
    }
}

impl<S: AsyncWrite> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = self.as_mut().project().stream.poll_write(context, bytes);
        self.note(context, result, |written| *written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = self.as_mut().project().stream.poll_write_vectored(context, bytes);
        self.note(context, result, |written| *written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = self.as_mut().project().stream.poll_flush(context);
        self.note(context, result, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = self.as_mut().project().stream.poll_shutdown(context);
        self.note(context, result, |()| 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    /// Writes to a client that reads a number of bytes after each pause, and returns the outcome.
    fn write(read: usize, pause: u64, patience: u64) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (here, mut there) = duplex(1 << 10);
            let reading = tokio::spawn(async move {
                let mut buffer = vec![0; read];
                while there.read(&mut buffer).await.is_ok_and(|count| count > 0) {
                    sleep(Duration::from_millis(pause)).await;
                }
            });
            let mut stream = Paced::new(here, 16 << 10, Duration::from_millis(patience));
            let written = stream.write_all(&[0; 64 << 10]).await;
            reading.abort();
            written
        })
    }

    #[test]
    fn slow_readers_are_cut_off() {
        assert_eq!(write(1, 1, 50).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(write(1, 100_000, 50).unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(write(1 << 10, 1, 100_000).is_ok());
    }
}
