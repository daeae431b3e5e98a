//! From a request to its answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use tachograph_core::source::{Scrape, ScrapeError, ScrapeRequest, ScrapeResponse, TURN_LIMIT};
use tokio::sync::Semaphore;
use tokio::{task, time};

const PATH: &str = "/metrics";
const METHODS: &str = "GET, HEAD";
const PLAIN: &str = "text/plain; charset=utf-8";
/// What the answer depends on, for caches in between.
const VARY: &str = "Accept, Accept-Encoding";

type Answer = Response<Full<Bytes>>;

/// Answers requests. Cloning is cheap; all clones take turns in scraping.
#[derive(Clone)]
pub(super) struct Answers {
    scrape: Arc<dyn Scrape>,
    turn: Arc<Semaphore>,
    /// When the scrape that has the turn began.
    begun: Arc<Mutex<Instant>>,
}

impl Answers {
    pub(super) fn new(scrape: Arc<dyn Scrape>) -> Self {
        Self { scrape, turn: Arc::new(Semaphore::new(1)), begun: Arc::new(Mutex::new(Instant::now())) }
    }

    /// The answer to one request, whatever body that has.
    pub(super) async fn to<B>(&self, request: &Request<B>) -> Answer {
        let path = request.uri().path();
        if path != PATH && path != "/" {
            return text(StatusCode::NOT_FOUND, format!("there is nothing here; metrics are at {PATH}\n"));
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, format!("the methods here are {METHODS}\n"));
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
            return answer;
        }
        if path == "/" {
            return text(StatusCode::OK, format!("metrics are at {PATH}\n"));
        }
        let mut answer = match self.scraped(Accept::of(request.headers())).await {
            Ok(scraped) => metrics(scraped),
            Err(error) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
        };
        answer.headers_mut().insert(header::VARY, HeaderValue::from_static(VARY));
        answer
    }

    /// Scrapes on a thread that may block, in turn. Without the turn, each scrape behind one that hangs would take a thread more.
    async fn scraped(&self, accept: Accept) -> Result<ScrapeResponse, ScrapeError> {
        let arrived = Instant::now();
        let Ok(Ok(turn)) = time::timeout(TURN_LIMIT, Arc::clone(&self.turn).acquire_owned()).await else {
            self.scrape.turned_away();
            return Err(ScrapeError::busy(self.begun().elapsed()));
        };
        *self.begun() = Instant::now();
        let (scrape, patience) = (Arc::clone(&self.scrape), TURN_LIMIT.saturating_sub(arrived.elapsed()));
        let scraped = task::spawn_blocking(move || {
            let _turn = turn;
            scrape.scrape(&accept.request().with_patience(patience))
        });
        scraped.await.unwrap_or_else(|_| Err(ScrapeError::new("the scrape panicked")))
    }

    fn begun(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the scraper says it understands.
struct Accept {
    types: Option<String>,
    encodings: Option<String>,
}

impl Accept {
    fn of(headers: &HeaderMap) -> Self {
        let joined = |name: HeaderName| {
            let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            (!values.is_empty()).then(|| values.join(","))
        };
        Self { types: joined(header::ACCEPT), encodings: joined(header::ACCEPT_ENCODING) }
    }

    fn request(&self) -> ScrapeRequest<'_> {
        let request = ScrapeRequest::default();
        let request = self.types.iter().fold(request, |request, types| request.with_accept(types));
        self.encodings.iter().fold(request, |request, encodings| request.with_accept_encoding(encodings))
    }
}

fn metrics(scraped: ScrapeResponse) -> Answer {
    let ScrapeResponse { content_type, content_encoding, body } = scraped;
    let mut answer = whole(StatusCode::OK, body, HeaderValue::from_str(&content_type).ok());
    if let Some(encoding) = content_encoding {
        answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    answer
}

fn text(status: StatusCode, text: String) -> Answer {
    whole(status, text.into_bytes(), Some(HeaderValue::from_static(PLAIN)))
}

fn whole(status: StatusCode, body: Vec<u8>, content_type: Option<HeaderValue>) -> Answer {
    let length = HeaderValue::from(body.len());
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length);
    // What was true a second ago is no answer to a scrape.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(content_type.map(|content_type| (header::CONTENT_TYPE, content_type)));
    answer
}
