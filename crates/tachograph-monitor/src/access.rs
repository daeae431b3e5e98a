//! Who may look: a bearer token, and how often.

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::Response,
};
use subtle::ConstantTimeEq as _;
use tower_http::cors::AllowOrigin;

use crate::answer::failure;

/// A token that requests have to bring along.
#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl Token {
    pub(crate) fn new(token: &str) -> Result<Self, AccessError> {
        let is_visible = |byte: u8| byte.is_ascii_graphic();
        if token.is_empty() || !token.bytes().all(is_visible) {
            return Err(AccessError);
        }
        Ok(Self(token.into()))
    }

    /// Compared in a time that tells nothing of the token but its length.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        given.is_some_and(|given| given.ct_eq(self.0.as_bytes()).into())
    }
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// A bearer token that no request could bring along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the bearer token of the monitoring endpoints is empty or has characters that no header can have: give it \
             letters, digits and punctuation of ASCII, and no spaces",
        )
    }
}

impl Error for AccessError {}

pub(crate) async fn with_token(State(token): State<Option<Token>>, request: Request, next: Next) -> Response {
    if token.is_none_or(|token| token.admits(request.headers())) {
        return next.run(request).await;
    }
    let mut refused = failure(StatusCode::UNAUTHORIZED, "a bearer token is needed: `Authorization: Bearer …`");
    refused.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    refused
}

/// Origins whose pages may read the answers.
pub(crate) fn origins<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<AllowOrigin, OriginError> {
    let mut allowed = Vec::new();
    for origin in origins {
        if origin == "*" {
            return Ok(AllowOrigin::any());
        }
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let is_plain = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*']);
        let value = HeaderValue::from_str(origin).ok().filter(|_| host.is_some_and(is_plain));
        allowed.push(value.ok_or_else(|| OriginError { origin: origin.to_owned() })?);
    }
    Ok(AllowOrigin::list(allowed))
}

/// An origin that no browser would send, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginError {
    origin: String,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no origin: write scheme, host and perhaps a port, as \"https://status.example\", without a slash at \
             the end, or \"*\" for all",
            self.origin
        )
    }
}

impl Error for OriginError {}

/// So many requests in a second, and twice as many at once.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    per_second: f64,
    state: Arc<Mutex<Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self { per_second, state: Arc::new(Mutex::new(Bucket { left: 2.0 * per_second, at: Instant::now() })) }
    }

    pub(crate) fn admits(&self, now: Instant) -> bool {
        let mut bucket = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + since * self.per_second).min(2.0 * self.per_second);
        bucket.at = bucket.at.max(now);
        let admitted = bucket.left >= 1.0;
        if admitted {
            bucket.left -= 1.0;
        }
        admitted
    }
}

pub(crate) async fn at_a_pace(State(pace): State<Option<Pace>>, request: Request, next: Next) -> Response {
    if pace.is_none_or(|pace| pace.admits(Instant::now())) {
        return next.run(request).await;
    }
    let mut refused = failure(StatusCode::TOO_MANY_REQUESTS, "too many requests to the monitoring endpoints");
    refused.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    refused
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;

    use super::*;

    fn request(authorization: &str) -> Request {
        Request::get("/").header(AUTHORIZATION, authorization).body(Body::empty()).unwrap()
    }

    #[test]
    fn only_the_whole_token_admits() {
        let token = Token::new("s3cret-token").unwrap();
        for given in ["Bearer s3cret-token", "bearer s3cret-token", "BEARER  s3cret-token "] {
            assert!(token.admits(request(given).headers()), "{given}");
        }
        for given in
            ["", "Bearer", "Bearer ", "s3cret-token", "Basic s3cret-token", "Bearer s3cret", "Bearer s3cret-token2"]
        {
            assert!(!token.admits(request(given).headers()), "{given}");
        }
        assert!(!token.admits(&HeaderMap::new()));
    }

    #[test]
    fn a_token_that_no_header_can_have_is_refused() {
        for token in ["", "two words", "new\nline", "größe"] {
            assert_eq!(Token::new(token).err(), Some(AccessError), "{token:?}");
        }
    }

    #[test]
    fn an_origin_that_no_browser_sends_is_refused() {
        for origin in ["https://status.example", "http://localhost:3000", "*"] {
            assert!(origins([origin]).is_ok(), "{origin}");
        }
        for origin in ["status.example", "https://status.example/", "https://", "https://*.example", "null", "ftp://a"]
        {
            let error = origins(["https://status.example", origin]).unwrap_err().to_string();
            assert!(error.contains(&format!("{origin:?} is no origin")), "{error}");
        }
    }

    #[test]
    fn whoever_asks_too_often_waits() {
        let pace = Pace::new(10);
        let begin = Instant::now();
        let admitted = |at: Duration, asked: usize| (0..asked).filter(|_| pace.admits(begin + at)).count();
        assert_eq!(admitted(Duration::ZERO, 100), 20);
        assert_eq!(admitted(Duration::from_millis(500), 100), 5);
        assert_eq!(admitted(Duration::from_secs(60), 100), 20);
        assert_eq!(admitted(Duration::from_secs(1), 100), 0, "a clock that goes back gives nothing");
    }
}
