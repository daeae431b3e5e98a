use std::{error::Error, fmt};

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{AUTHORIZATION, InvalidHeaderValue},
};
use reqwest::{Client, Url};
use tachograph_core::source::{Ping, PingError, PingFuture};

/// Asks an HTTP service whether it is there, for health checks: `Check::ping("search", HttpProbe::get(client, url)?)`.
///
/// It is there when it answers with any status below 500: one that is redirected, or refused for want of credentials, is an answer.
/// [`with_expected_status`](Self::with_expected_status) asks for more. The body is not read. There is no time-out but the client's
/// and that of whoever asks.
///
/// The client is reqwest's own, without middleware: no span and no metric come of a probe. Its messages name the service
/// by scheme, host, port and path; never by user, password or query, and never by a header.
///
/// ```no_run
/// use tachograph_tower::reqwest::HttpProbe;
///
/// # fn probe() -> Result<HttpProbe, tachograph_tower::reqwest::HttpProbeError> {
/// let probe = HttpProbe::get(reqwest::Client::new(), "http://search.internal:9200/_cluster/health")?.with_expected_status(200)?;
/// # Ok(probe)
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a probe asks nothing by itself"]
pub struct HttpProbe {
    client: Client,
    url: Url,
    headers: HeaderMap,
    expected: Option<StatusCode>,
}

impl HttpProbe {
    /// A probe that sends `GET` to `url`.
    ///
    /// # Errors
    ///
    /// When `url` is no absolute URL of `http` or `https`.
    pub fn get(client: Client, url: impl AsRef<str>) -> Result<Self, HttpProbeError> {
        let url = Url::parse(url.as_ref()).map_err(|error| HttpProbeError::Url(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpProbeError::Scheme(url.scheme().to_owned()));
        }
        Ok(Self { client, url, headers: HeaderMap::new(), expected: None })
    }

    /// Takes this status for an answer and no other. Redirects that the client follows are followed first.
    ///
    /// # Errors
    ///
    /// When it is no status: they go from 100 to 999.
    pub fn with_expected_status(mut self, status: u16) -> Result<Self, HttpProbeError> {
        self.expected = Some(StatusCode::from_u16(status).map_err(|_| HttpProbeError::Status(status))?);
        Ok(self)
    }

    /// Sends `Authorization: Bearer …`. A redirect to another host is sent without it.
    ///
    /// # Errors
    ///
    /// When `token` has characters that a header cannot have.
    pub fn with_bearer_auth(self, token: impl AsRef<str>) -> Result<Self, HttpProbeError> {
        let value = HeaderValue::from_str(&format!("Bearer {}", token.as_ref()))?;
        Ok(self.with_header(AUTHORIZATION, value))
    }

    /// Sends a header, in the place of one of that name.
    pub fn with_header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        // Headers of a probe are credentials more often than not.
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }

    /// The service as it may be shown.
    fn target(&self) -> String {
        let mut url = self.url.clone();
        // They fail for URLs that cannot have a user, which have no host and are refused.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        url.into()
    }
}

impl Ping for HttpProbe {
    fn ping(&self) -> PingFuture {
        let request = self.client.get(self.url.clone()).headers(self.headers.clone());
        let (target, expected) = (self.target(), self.expected);
        Box::pin(async move {
            let status = match request.send().await {
                Ok(response) => response.status(),
                Err(error) => return Err(Failure::new(target, told(&error.without_url())).into()),
            };
            match expected {
                Some(expected) if status != expected => {
                    Err(Failure::new(target, format!("status {status} instead of {}", expected.as_u16())).into())
                }
                None if status.is_server_error() || status.as_u16() >= 600 => {
                    Err(PingError::from(Failure::new(target, format!("status {status}"))))
                }
                _ => Ok(()),
            }
        })
    }
}

/// The innermost cause says what happened, those around it that a request was sent.
fn told(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

impl fmt::Debug for HttpProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpProbe")
            .field("target", &self.target())
            .field("headers", &self.headers)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Failure {
    target: String,
    reason: String,
}

impl Failure {
    fn new(target: String, reason: String) -> Self {
        Self { target, reason }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {}: {}", self.target, self.reason)
    }
}

impl Error for Failure {}

/// Why a probe was refused. What was refused is not repeated where it may hold credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpProbeError {
    /// The URL cannot be read.
    Url(String),
    /// The URL is of another scheme than `http` and `https`.
    Scheme(String),
    /// The expected status is none.
    Status(u16),
    /// A header cannot have that value.
    Header,
}

impl From<InvalidHeaderValue> for HttpProbeError {
    fn from(_: InvalidHeaderValue) -> Self {
        Self::Header
    }
}

impl fmt::Display for HttpProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(reason) => {
                write!(
                    f,
                    "the URL of the probe cannot be read ({reason}): write it like \"http://localhost:9200/health\""
                )
            }
            Self::Scheme(scheme) => {
                write!(f, "the URL of the probe has the scheme {scheme:?}: use \"http\" or \"https\"")
            }
            Self::Status(status) => write!(f, "the expected status {status} is none: use one from 100 to 999"),
            Self::Header => f.write_str(
                "the bearer token of the probe has characters that a header cannot have: a line break at its end?",
            ),
        }
    }
}

impl Error for HttpProbeError {}
