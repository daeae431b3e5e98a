use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// How often a request was sent: put it into the extensions of a request before the request is retried.
///
/// Clones count together, so that the clones of a request that a retry makes are told apart: every one that passes
/// [`HttpClient`](crate::HttpClient) has the count so far on its span (`http.request.resend_count`, from 1 on), and raises
/// it. The layer must lie below the retry, as it must to see every attempt at all.
///
/// ```
/// use tachograph_tower::ResendCount;
///
/// let mut request = http::Request::get("http://localhost/").body(())?;
/// request.extensions_mut().insert(ResendCount::new());
/// # Ok::<(), http::Error>(())
/// ```
///
/// With [`MapRequestLayer`](https://docs.rs/tower/latest/tower/util/struct.MapRequestLayer.html) above the retry every
/// request gets one. The `reqwest` middleware counts by itself.
#[derive(Clone, Debug, Default)]
pub struct ResendCount(Arc<AtomicU32>);

impl ResendCount {
    /// A count for a request that was never sent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A count for a request that was sent `times` already.
    #[must_use]
    pub fn sent(times: u32) -> Self {
        Self(Arc::new(AtomicU32::new(times)))
    }

    /// How often the request was sent so far.
    #[must_use]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// How often it was sent before this time.
    pub(super) fn raise(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
