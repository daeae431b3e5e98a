//! The handler that gives the metrics.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use tachograph_core::source::{Scrape, ScrapeError};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::health::NOT_CACHED;

const TEXT_0_0_4: &str = "text/plain; version=0.0.4; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// The source of metrics, asked by one scrape at a time.
///
/// A scrape that hangs keeps its thread although its client has long gone: without the turn, every further scrape would
/// take one more.
#[derive(Clone)]
pub(crate) struct Source {
    scrape: Option<Arc<dyn Scrape>>,
    turn: Arc<Semaphore>,
}

impl Source {
    pub(crate) fn new(scrape: Option<Arc<dyn Scrape>>) -> Self {
        Self { scrape, turn: Arc::new(Semaphore::new(1)) }
    }

    async fn text(self) -> Result<String, ScrapeError> {
        let Some(scrape) = self.scrape else { return Err(ScrapeError::new("no source of metrics was connected")) };
        // Never closed; and if it were, a scrape without its turn is better than none.
        let turn = self.turn.acquire_owned().await.ok();
        let Ok(runtime) = Handle::try_current() else { return guarded(&*scrape, turn) };
        match runtime.spawn_blocking(move || guarded(&*scrape, turn)).await {
            Ok(scraped) => scraped,
            Err(_) => Err(ScrapeError::new("the runtime is shutting down")),
        }
    }
}

/// A panic of the source, of an application's callback most likely, is no panic of the server.
fn guarded(scrape: &dyn Scrape, _turn: Option<OwnedSemaphorePermit>) -> Result<String, ScrapeError> {
    catch_unwind(AssertUnwindSafe(|| scrape.scrape()))
        .unwrap_or_else(|_| Err(ScrapeError::new("the source of metrics panicked")))
}

pub(crate) async fn metrics(source: Source) -> Response {
    match source.text().await {
        Ok(text) => (NOT_CACHED, [(CONTENT_TYPE, TEXT_0_0_4)], text).into_response(),
        Err(error) => {
            let reason = format!("{error}\n");
            (StatusCode::SERVICE_UNAVAILABLE, NOT_CACHED, [(CONTENT_TYPE, PLAIN)], reason).into_response()
        }
    }
}
