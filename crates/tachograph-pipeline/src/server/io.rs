//! A stream on which an answer has to be written in time.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::time::{Sleep, sleep};

/// Fails writes when the peer, after it has stopped one for the first time, does not take the rest within the limit. To read a little
/// now and then does not help: the time ends only when everything is written.
#[derive(Debug)]
pub(super) struct BoundedWrites<T> {
    stream: T,
    limit: Duration,
    due: Option<Pin<Box<Sleep>>>,
}

impl<T> BoundedWrites<T> {
    pub(super) fn new(stream: T, limit: Duration) -> Self {
        Self { stream, limit, due: None }
    }

    fn bounded<R>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if written.is_pending() {
            let limit = self.limit;
            let due = self.due.get_or_insert_with(|| Box::pin(sleep(limit)));
            if due.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the scraper reads too slowly")));
            }
        }
        written
    }
}

impl<T: Read + Unpin> Read for BoundedWrites<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<T: Write + Unpin> Write for BoundedWrites<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.bounded(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.bounded(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Comes only when nothing is left to be written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() {
            self.due = None;
        }
        self.bounded(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut_down = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.bounded(cx, shut_down)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, pause};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    /// Takes bytes, or lets wait.
    struct Peer {
        reads: bool,
    }

    impl Write for Peer {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            if self.reads { Poll::Ready(Ok(buf.len())) } else { Poll::Pending }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn write(stream: &mut BoundedWrites<Peer>, reads: bool) -> Poll<Result<usize, io::ErrorKind>> {
        stream.stream.reads = reads;
        let mut cx = Context::from_waker(std::task::Waker::noop());
        Pin::new(stream).poll_write(&mut cx, b"x").map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn a_byte_now_and_then_does_not_buy_time() {
        pause();
        let mut stream = BoundedWrites::new(Peer { reads: false }, LIMIT);
        assert_eq!(write(&mut stream, false), Poll::Pending);
        advance(LIMIT / 2).await;
        assert_eq!(write(&mut stream, true), Poll::Ready(Ok(1)));
        assert_eq!(write(&mut stream, false), Poll::Pending);
        advance(LIMIT).await;
        assert_eq!(write(&mut stream, false), Poll::Ready(Err(io::ErrorKind::TimedOut)));
    }

    #[tokio::test]
    async fn each_answer_has_a_time_of_its_own() {
        pause();
        let mut stream = BoundedWrites::new(Peer { reads: false }, LIMIT);
        for _ in 0..3 {
            assert_eq!(write(&mut stream, false), Poll::Pending);
            advance(LIMIT * 2 / 3).await;
            assert_eq!(write(&mut stream, true), Poll::Ready(Ok(1)));
            let flushed = Pin::new(&mut stream).poll_flush(&mut Context::from_waker(std::task::Waker::noop()));
            assert!(flushed.is_ready());
        }
    }
}
