//! The handler that gives the metrics.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY},
    },
    response::{IntoResponse, Response},
};
use tachograph_core::source::{Scrape, ScrapeError, ScrapeRequest, ScrapeResponse, TURN_LIMIT};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::answer::NOT_CACHED;

const PLAIN: &str = "text/plain; charset=utf-8";

/// What the answer depends on, for caches in between.
const VARYING: [(HeaderName, &str); 1] = [(VARY, "Accept, Accept-Encoding")];

/// The source of metrics, asked by one scrape at a time.
///
/// A scrape that hangs keeps its thread although its client has long gone: without the turn, every further scrape would
/// take one more.
#[derive(Clone)]
pub(crate) struct Source {
    scrape: Option<Arc<dyn Scrape>>,
    turn: Arc<Semaphore>,
    /// When the scrape that has the turn began.
    begun: Arc<Mutex<Instant>>,
}

impl Source {
    pub(crate) fn new(scrape: Option<Arc<dyn Scrape>>) -> Self {
        Self { scrape, turn: Arc::new(Semaphore::new(1)), begun: Arc::new(Mutex::new(Instant::now())) }
    }

    async fn scrape(self, accept: Accept) -> Result<ScrapeResponse, ScrapeError> {
        let arrived = Instant::now();
        let Some(scrape) = &self.scrape else { return Err(ScrapeError::new("no source of metrics was connected")) };
        // Without a runtime a scrape blocks its own thread, and the source bounds the waiting.
        let Ok(runtime) = Handle::try_current() else { return guarded(&**scrape, accept.request()) };
        let Some(turn) = self.take_turn().await else {
            scrape.turned_away();
            return Err(ScrapeError::busy(self.begun().elapsed()));
        };
        *self.begun() = Instant::now();
        let (scrape, patience) = (Arc::clone(scrape), TURN_LIMIT.saturating_sub(arrived.elapsed()));
        let scraped = runtime.spawn_blocking(move || {
            let _turn = turn;
            guarded(&*scrape, accept.request().with_patience(patience))
        });
        scraped.await.unwrap_or_else(|_| Err(ScrapeError::new("the runtime is shutting down")))
    }

    /// The turn, if it is had in time. Only who has to wait needs the timers of the runtime; where it has none nobody waits.
    async fn take_turn(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(turn) = Arc::clone(&self.turn).try_acquire_owned() {
            return Some(turn);
        }
        let turn = Arc::clone(&self.turn).acquire_owned();
        let turn = catch_unwind(AssertUnwindSafe(|| timeout(TURN_LIMIT, turn))).ok()?;
        turn.await.ok()?.ok()
    }

    fn begun(&self) -> MutexGuard<'_, Instant> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A panic of the source, of an application's callback most likely, is no panic of the server.
fn guarded(scrape: &dyn Scrape, request: ScrapeRequest<'_>) -> Result<ScrapeResponse, ScrapeError> {
    catch_unwind(AssertUnwindSafe(|| scrape.scrape(&request)))
        .unwrap_or_else(|_| Err(ScrapeError::new("the source of metrics panicked")))
}

/// What the scraper says it understands.
struct Accept {
    types: Option<String>,
    encodings: Option<String>,
}

impl Accept {
    fn of(headers: &HeaderMap) -> Self {
        let joined = |name| {
            let values: Vec<&str> =
                headers.get_all(name).iter().filter_map(|value| HeaderValue::to_str(value).ok()).collect();
            (!values.is_empty()).then(|| values.join(","))
        };
        Self { types: joined(ACCEPT), encodings: joined(ACCEPT_ENCODING) }
    }

    fn request(&self) -> ScrapeRequest<'_> {
        let request = ScrapeRequest::default();
        let request = self.types.iter().fold(request, |request, types| request.with_accept(types));
        self.encodings.iter().fold(request, |request, encodings| request.with_accept_encoding(encodings))
    }
}

pub(crate) async fn metrics(source: Source, headers: HeaderMap) -> Response {
    match source.scrape(Accept::of(&headers)).await {
        Ok(ScrapeResponse { content_type, content_encoding, body }) => {
            let encoding = content_encoding.map(|encoding| [(CONTENT_ENCODING, encoding)]);
            (NOT_CACHED, VARYING, [(CONTENT_TYPE, content_type.into_owned())], encoding, body).into_response()
        }
        Err(error) => {
            let reason = format!("{error}\n");
            (StatusCode::SERVICE_UNAVAILABLE, NOT_CACHED, VARYING, [(CONTENT_TYPE, PLAIN)], reason).into_response()
        }
    }
}
