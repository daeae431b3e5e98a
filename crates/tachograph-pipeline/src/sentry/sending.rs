//! One exchange after the other, on the export thread.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sentry_types::{Dsn, Scheme};
use tokio::sync::mpsc::UnboundedReceiver;

use super::counts::{Counts, Reason};
use crate::otlp::tls;

/// How long one exchange may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// An answer is a few bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// The pause of a receiver that has enough and does not say for how long, and the longest that it is granted.
const PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
const AUTH: &str = "x-sentry-auth";
const RATE_LIMITS: &str = "x-sentry-rate-limits";

/// What waits.
#[derive(Debug)]
pub(super) enum Job {
    Send(Vec<u8>),
    Flush(SyncSender<()>),
}

type Body = Full<Cursor<Vec<u8>>>;

#[derive(Debug)]
enum Transport {
    Plain(legacy::Client<HttpConnector, Body>),
    Tls(legacy::Client<HttpsConnector<HttpConnector>, Body>),
}

/// Sends envelopes to one project.
#[derive(Debug)]
pub(super) struct Sender {
    transport: Transport,
    address: Uri,
    auth: HeaderValue,
    counts: Arc<Counts>,
    paused_until: Option<Instant>,
    /// Whether the log was told that events are lost.
    losing: bool,
}

impl Sender {
    pub(super) fn new(dsn: &Dsn, counts: Arc<Counts>) -> Result<Self, String> {
        let (scheme, host, port, path) = (dsn.scheme(), dsn.host(), dsn.port(), dsn.path());
        let address = format!("{scheme}://{host}:{port}{path}api/{}/envelope/", dsn.project_id());
        let address = address.parse().map_err(|_| "no valid address".to_owned())?;
        let agent = concat!("tachograph/", env!("CARGO_PKG_VERSION"));
        let auth = dsn.to_auth(Some(agent)).to_string();
        let mut auth = HeaderValue::from_str(&auth).map_err(|_| "no valid key".to_owned())?;
        auth.set_sensitive(true);
        let builder = legacy::Client::builder(TokioExecutor::new());
        let transport = match scheme {
            Scheme::Https => {
                let tls = tls::client_config()?;
                let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
                Transport::Tls(builder.build(connector))
            }
            Scheme::Http => Transport::Plain(builder.build_http()),
        };
        Ok(Self { transport, address, auth, counts, paused_until: None, losing: false })
    }

    /// Sends what comes until nobody can send any more, or everything is given up.
    pub(super) async fn work(mut self, mut jobs: UnboundedReceiver<Job>) {
        while let Some(job) = jobs.recv().await {
            match job {
                // Dropping the rest ends whoever waits for a flush.
                _ if self.counts.has_given_up() => return,
                Job::Send(body) => {
                    let bytes = body.len();
                    let outcome = self.send(body).await;
                    self.counts.leave(bytes, outcome);
                    self.say(outcome);
                }
                Job::Flush(done) => {
                    let _ = done.try_send(());
                }
            }
        }
    }

    async fn send(&mut self, body: Vec<u8>) -> Result<(), Reason> {
        if self.paused_until.is_some_and(|until| Instant::now() < until) {
            return Err(Reason::RateLimited);
        }
        let request = Request::post(self.address.clone())
            .header(CONTENT_TYPE, "application/x-sentry-envelope")
            .header(AUTH, self.auth.clone())
            .body(Full::new(Cursor::new(body)))
            .map_err(|_| Reason::Refused)?;
        let exchange = async {
            let answer = match &self.transport {
                Transport::Plain(client) => client.request(request).await,
                Transport::Tls(client) => client.request(request).await,
            };
            let (head, body) = answer.map_err(|_| Reason::Unreachable)?.into_parts();
            // Read to its end, so that the connection can be used again.
            let _ = Limited::new(body, MAX_ANSWER).collect().await;
            Ok((head.status, head.headers))
        };
        let answer = tokio::time::timeout(TIMEOUT, exchange).await;
        let (status, headers) = answer.map_err(|_| Reason::Unreachable)??;
        self.paused_until = pause(status, &headers).and_then(|pause| Instant::now().checked_add(pause));
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::TOO_MANY_REQUESTS => Err(Reason::RateLimited),
            status if status.is_server_error() => Err(Reason::Unreachable),
            _ => Err(Reason::Refused),
        }
    }

    /// Tells the log when losses begin and when they end. Below `ERROR`, or it would be an event for Sentry.
    fn say(&mut self, outcome: Result<(), Reason>) {
        let losing = outcome.is_err();
        if losing != self.losing {
            self.losing = losing;
            match outcome {
                Ok(()) => tracing::info!("Sentry takes events again"),
                Err(reason) => tracing::warn!(?reason, "Sentry does not take events; they are dropped and counted"),
            }
        }
    }
}

/// How long the receiver wants no more errors.
fn pause(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let seconds = |text: &str| text.trim().parse::<f64>().ok().and_then(|it| Duration::try_from_secs_f64(it).ok());
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // `60:error;transaction:organization, …`; no category means all.
    let limits = text(RATE_LIMITS).unwrap_or_default().split(',').filter_map(|limit| {
        let mut parts = limit.split(':');
        let pause = seconds(parts.next()?)?;
        let categories = parts.next().unwrap_or_default().trim();
        (categories.is_empty() || categories.split(';').any(|it| it == "error")).then_some(pause)
    });
    let limited = limits.max();
    let asked = limited.or_else(|| {
        let after = || text(RETRY_AFTER.as_str()).and_then(seconds).unwrap_or(PAUSE);
        (status == StatusCode::TOO_MANY_REQUESTS).then(after)
    });
    asked.map(|asked| asked.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_that_has_enough_gets_the_pause_that_it_asks_for() {
        let asked = |status: u16, name: &'static str, value: &'static str| {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))]);
            pause(StatusCode::from_u16(status).unwrap(), &headers).map(|it| it.as_secs())
        };
        for (status, name, value, expected) in [
            (200, "x-other", "5", None),
            (200, RATE_LIMITS, "7:error:organization", Some(7)),
            (200, RATE_LIMITS, "7:transaction:organization", None),
            (200, RATE_LIMITS, "7:transaction:key, 9::organization", Some(9)),
            (200, RATE_LIMITS, "nonsense", None),
            (429, "retry-after", "11", Some(11)),
            (429, "retry-after", "Wed, 21 Oct 2026 07:28:00 GMT", Some(60)),
            (429, "retry-after", "1e300", Some(60)),
            (429, "retry-after", "999999", Some(3600)),
            (429, "x-other", "5", Some(60)),
            (500, "retry-after", "11", None),
        ] {
            assert_eq!(asked(status, name, value), expected, "{status} {name}: {value}");
        }
    }
}
