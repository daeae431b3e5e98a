//! What the server does with one request.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// What the server does with a request: take it, refuse it, or fail in some way.
///
/// One answer suits both protocols: a refusal has a status of HTTP and one of gRPC.
///
/// | answer | over HTTP | over gRPC |
/// |---|---|---|
/// | [`accept`](Self::accept) | 200 | OK |
/// | [`reject`](Self::reject) | 200 with a partial success | OK with a partial success |
/// | [`too_many_requests`](Self::too_many_requests) | 429 | RESOURCE_EXHAUSTED |
/// | [`unavailable`](Self::unavailable) | 503 | UNAVAILABLE |
/// | [`unauthenticated`](Self::unauthenticated) | 401 | UNAUTHENTICATED |
/// | [`invalid`](Self::invalid) | 400 | INVALID_ARGUMENT |
/// | [`status`](Self::status) | any | any |
/// | [`page`](Self::page) | a page of text, as proxies have them | the same, without a gRPC status |
/// | [`garbage`](Self::garbage) | 200, right by its headers, and no message | the same |
/// | [`half`](Self::half) | a head that promises more than comes | a message that breaks off |
/// | [`hang`](Self::hang) | nothing, while the connection stays open | the same |
/// | [`cut`](Self::cut) | the connection is reset (RST) after the first bytes of the body | the same, with every request on the connection |
/// | [`reset`](Self::reset) | the connection is reset (RST) after the request was read | the same, with every request on the connection |
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) kind: Kind,
    pub(super) delay: Duration,
    pub(super) retry: Option<Duration>,
    pub(super) message: String,
    pub(super) headers: HeaderMap,
    pub(super) takes_in: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Accept { rejected: u64 },
    Refuse { http: StatusCode, grpc: i32 },
    Page { status: StatusCode },
    Garbage,
    Half,
    Hang,
    Cut,
    Reset,
}

impl Answer {
    fn new(kind: Kind, message: &str) -> Self {
        let takes_in = matches!(kind, Kind::Accept { .. });
        let (delay, headers) = (Duration::ZERO, HeaderMap::new());
        Self { kind, delay, retry: None, message: message.to_owned(), headers, takes_in }
    }

    /// Takes everything in.
    #[must_use]
    pub fn accept() -> Self {
        Self::new(Kind::Accept { rejected: 0 }, "")
    }

    /// Takes the request in but for its last `items`, and says so in a partial success with `message`.
    #[must_use]
    pub fn reject(items: u64, message: &str) -> Self {
        Self::new(Kind::Accept { rejected: items }, message)
    }

    /// Refuses with 429, or RESOURCE_EXHAUSTED.
    #[must_use]
    pub fn too_many_requests() -> Self {
        Self::refuse(StatusCode::TOO_MANY_REQUESTS, 8, "too many requests")
    }

    /// Refuses with 503, or UNAVAILABLE.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::refuse(StatusCode::SERVICE_UNAVAILABLE, 14, "the backend is away")
    }

    /// Refuses with 401, or UNAUTHENTICATED.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::refuse(StatusCode::UNAUTHORIZED, 16, "the credentials are not valid")
    }

    /// Refuses with 400, or INVALID_ARGUMENT, which no client may try again.
    #[must_use]
    pub fn invalid() -> Self {
        Self::refuse(StatusCode::BAD_REQUEST, 3, "the request is not valid")
    }

    /// Refuses with any status of HTTP, and over gRPC with any code (13 is INTERNAL).
    ///
    /// # Panics
    ///
    /// When `http` is not a status, which is a number from 100 to 999.
    #[must_use]
    #[track_caller]
    pub fn status(http: u16, grpc: i32) -> Self {
        Self::refuse(status_code(http), grpc, "as the script has it")
    }

    /// A page of text in the place of an answer, as proxies give it: `page(502, "<html>Bad Gateway</html>")`.
    ///
    /// # Panics
    ///
    /// When `status` is not a status of HTTP.
    #[must_use]
    #[track_caller]
    pub fn page(status: u16, text: &str) -> Self {
        Self::new(Kind::Page { status: status_code(status) }, text)
    }

    /// An answer that is right by its head, and whose body is no message.
    #[must_use]
    pub fn garbage() -> Self {
        Self::new(Kind::Garbage, "")
    }

    /// The head and half of the body; then the connection (HTTP) or the stream (gRPC) breaks off.
    #[must_use]
    pub fn half() -> Self {
        Self::new(Kind::Half, "")
    }

    /// Reads the request and never answers. The connection stays open until the client or the server ends.
    #[must_use]
    pub fn hang() -> Self {
        Self::new(Kind::Hang, "")
    }

    /// Reads the first bytes of the body and resets the connection. Nothing is taken in, and requests without items take a turn of
    /// this as well, because nobody has seen what they carry.
    #[must_use]
    pub fn cut() -> Self {
        Self::new(Kind::Cut, "")
    }

    /// Reads the request and resets the connection.
    #[must_use]
    pub fn reset() -> Self {
        Self::new(Kind::Reset, "")
    }

    fn refuse(http: StatusCode, grpc: i32, message: &str) -> Self {
        Self::new(Kind::Refuse { http, grpc }, message)
    }

    /// The same, this much later: a slow server.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// With a time to wait before the next try: `Retry-After` in whole seconds, rounded up, and `RetryInfo` over gRPC.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry = Some(wait);
        self
    }

    /// With this message in the place of the usual one.
    #[must_use]
    pub fn with_message(mut self, message: &str) -> Self {
        message.clone_into(&mut self.message);
        self
    }

    /// With one more header, over the one of the same name: a `Retry-After` that is a date, say.
    ///
    /// # Panics
    ///
    /// When the name or the value is not valid.
    #[must_use]
    #[track_caller]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) else {
            panic!("{name:?}: {value:?} is not a header")
        };
        self.headers.insert(name, value);
        self
    }

    /// The items are taken in although the answer says or suggests otherwise: what a client sends again then arrives twice.
    #[must_use]
    pub fn but_takes_it_in(mut self) -> Self {
        self.takes_in = true;
        self
    }

    /// Whether it ends the connection before there is a whole request.
    pub(super) fn cuts(&self) -> bool {
        matches!(self.kind, Kind::Cut)
    }

    /// How many of `items` are taken in.
    pub(super) fn accepted(&self, items: u64) -> u64 {
        match self.kind {
            Kind::Accept { rejected } => items.saturating_sub(rejected),
            _ if self.takes_in => items,
            _ => 0,
        }
    }
}

#[track_caller]
fn status_code(status: u16) -> StatusCode {
    match StatusCode::from_u16(status) {
        Ok(status) => status,
        Err(_) => panic!("{status} is not a status of HTTP"),
    }
}
