//! The builder of the monitoring endpoints.

use std::{
    fmt, io,
    net::ToSocketAddrs,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::Router;
use tachograph_core::source::Scrape;
use tower_http::cors::AllowOrigin;

use crate::{
    access::{self, AccessError, OriginError, Pace, Token},
    application::Application,
    health::{Check, Health, HealthBuilder, HealthError, Thresholds, Vitals},
    links::{LinkError, LinkTemplate, Links},
    prefix::{Prefix, PrefixError},
    readiness::Readiness,
    router,
    serve::MonitoringServer,
    stats::Stats,
    traces::Traces,
};

/// Requests per second that the endpoints answer, but for the probes.
const PACE: u32 = 1000;

/// Builds the monitoring endpoints. The [crate] has the table of routes.
#[derive(Clone)]
#[must_use]
pub struct Monitoring {
    pub(crate) prefix: Prefix,
    application: Application,
    pub(crate) scrape: Option<Arc<dyn Scrape>>,
    health: HealthBuilder,
    /// What all clones report, from the first time that somebody asks.
    built: Arc<OnceLock<Health>>,
    pub(crate) stats: Option<Stats>,
    pub(crate) traces: Option<Traces>,
    pub(crate) links: Links,
    pub(crate) token: Option<Token>,
    pub(crate) pace: Option<Pace>,
    pub(crate) origins: Option<AllowOrigin>,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            prefix: Prefix::default(),
            application: Application::default(),
            scrape: None,
            health: Health::builder(),
            built: Arc::default(),
            stats: None,
            traces: None,
            links: Links::default(),
            token: None,
            pace: Some(Pace::new(PACE)),
            origins: None,
        }
    }
}

impl Monitoring {
    /// Endpoints below `/monitoring`, ready at once, without metrics.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the endpoints, all but `/health`, below another path. The default is `/monitoring`; an empty prefix puts them
    /// at the root, where the report of health has no route, since `/health` is taken, and the page takes `/`.
    ///
    /// # Errors
    ///
    /// When `prefix` is no plain path: it has to begin with `/`, must not end with one, and its segments consist of
    /// letters, digits, `-`, `_`, `.` and `~`.
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, PrefixError> {
        self.prefix = Prefix::parse(prefix)?;
        Ok(self)
    }

    /// Who is monitored, where [`with_stats`](Self::with_stats) does not tell.
    pub fn with_application(mut self, application: Application) -> Self {
        self.application = application;
        self
    }

    /// Where the metrics come from. Without it `/metrics` answers 503 and says so.
    ///
    /// Scrapes run one at a time, on a thread that may block, so that a slow or hanging source neither stops the
    /// application nor piles up threads: it keeps one, and after 5 s in line the others are answered with 503 and the reason.
    pub fn with_scrape(mut self, source: Arc<dyn Scrape>) -> Self {
        self.scrape = Some(source);
        self
    }

    /// What `/health/ready` and `/health/startup` answer by. The default is always ready, but for the gates of checks.
    pub fn with_readiness(mut self, readiness: Readiness) -> Self {
        self.health = self.health.with_readiness(readiness);
        self.renewed()
    }

    /// One more check of what the application depends on, for `/health` below the prefix and the metric `tachograph.system.health`.
    ///
    /// # Errors
    ///
    /// When the check has no name, one that is too long or taken, or settings that cannot be.
    pub fn with_check(mut self, check: Check) -> Result<Self, HealthError> {
        self.health = self.health.with_check(check);
        self.health.validate()?;
        Ok(self.renewed())
    }

    /// Limits for the figures of the machine and of requests, beyond which the process is degraded or unhealthy.
    ///
    /// # Errors
    ///
    /// When a limit is no number from 0 to 100, or is critical before it warns.
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Result<Self, HealthError> {
        self.health = self.health.with_thresholds(thresholds);
        self.health.validate()?;
        Ok(self.renewed())
    }

    /// How often checks run though nobody asks; see [`HealthBuilder::with_refresh`]. The default is 15 s.
    pub fn with_refresh(mut self, refresh: Duration) -> Self {
        self.health = self.health.with_refresh(refresh);
        self.renewed()
    }

    /// Reports this health in place of that of the checks and thresholds given here. Its readiness counts.
    pub fn with_health(mut self, health: Health) -> Self {
        self.built = Arc::new(OnceLock::from(health));
        self
    }

    /// The health that these endpoints report, for Rust code: made, and started, when it is first asked for here or a router is made.
    #[must_use]
    pub fn health(&self) -> Health {
        let make = || {
            let mut health = self.health.clone().with_started(self.application().started());
            if let Some(stats) = &self.stats {
                let stats = stats.clone();
                health = health.with_vitals(Arc::new(move || Vitals::of(&stats)));
            }
            let health = health.build_valid();
            health.start();
            health
        };
        self.built.get_or_init(make).clone()
    }

    /// Another health than that of the clones made before.
    fn renewed(mut self) -> Self {
        self.built = Arc::default();
        self
    }

    pub(crate) fn application(&self) -> &Application {
        self.stats.as_ref().map_or(&self.application, Stats::application)
    }

    /// What `/stats`, `/stats/history`, `/info` and the page tell. Without it the first two answer 503 and say so.
    pub fn with_stats(mut self, stats: Stats) -> Self {
        self.stats = Some(stats);
        self.renewed()
    }

    /// What `/traces` and the page tell. Without it `/traces` answers 503 and says so.
    pub fn with_traces(mut self, traces: Traces) -> Self {
        self.traces = Some(traces);
        self
    }

    /// How far the history goes back; see [`Stats::set_history`]. The default is a day.
    pub fn with_history(self, retention: Duration) -> Self {
        if let Some(stats) = &self.stats {
            stats.set_history(retention);
        }
        self
    }

    /// Whether recent traces show prompts, answers, arguments and what may quote them, as far as they are recorded at all; see
    /// [`Traces::set_content`]. The default is no.
    pub fn with_content(self, on: bool) -> Self {
        if let Some(traces) = &self.traces {
            traces.set_content(on);
        }
        self
    }

    /// Asks for this bearer token wherever something is told of the application: everywhere but at the probes, `/health` and the page itself,
    /// which asks its reader for it. Compared in constant time, and never shown.
    ///
    /// # Errors
    ///
    /// When no header can have the token: it is empty, or has spaces or characters beyond ASCII in it.
    pub fn with_bearer_token(mut self, token: &str) -> Result<Self, AccessError> {
        self.token = Some(Token::new(token)?);
        Ok(self)
    }

    /// How many requests are answered in a second, and twice as many at once; the others get 429. Probes and the page do not count. The
    /// default is 1,000; `None` is no limit.
    pub fn with_rate_limit(mut self, per_second: Option<u32>) -> Self {
        self.pace = per_second.map(Pace::new);
        self
    }

    /// Lets pages of these origins (`https://status.example`) read the answers, or with `*` those of all. The default is none.
    ///
    /// # Errors
    ///
    /// The first that is no origin.
    pub fn with_cors_origins<'a>(mut self, origins: impl IntoIterator<Item = &'a str>) -> Result<Self, OriginError> {
        self.origins = Some(access::origins(origins)?);
        Ok(self)
    }

    /// Where the log lines of a trace are: a URL with `{trace_id}` in it, which the page links to.
    ///
    /// # Errors
    ///
    /// When it is no such URL.
    pub fn with_log_link(mut self, template: &str) -> Result<Self, LinkError> {
        self.links.logs = Some(LinkTemplate::parse(template)?);
        Ok(self)
    }

    /// Where a trace is in a tracing backend: a URL with `{trace_id}` in it, which the page links to.
    ///
    /// # Errors
    ///
    /// When it is no such URL.
    pub fn with_trace_link(mut self, template: &str) -> Result<Self, LinkError> {
        self.links.trace = Some(LinkTemplate::parse(template)?);
        Ok(self)
    }

    /// The router, to be merged into the application's or served on its own.
    ///
    /// It has no fallback and no state. As every merge, that into a router that has one of its routes already panics: an
    /// application with a `/health` of its own has to give that up or serve this router elsewhere.
    pub fn router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        router::router(self)
    }

    /// The endpoints as gRPC services, for a server of tonic or a router of axum: [`Monitor`](crate::grpc), and `grpc.health.v1`, which tells
    /// readiness of `""` and of `tachograph.monitor.v1.Monitor`. [`serve`](Self::serve) has them already, [`router`](Self::router) has not.
    ///
    /// ```
    /// # use tachograph_monitor::Monitoring;
    /// # let monitoring = Monitoring::new();
    /// // Beside HTTP on one port, by `axum::serve`:
    /// let app: axum::Router = monitoring.clone().router().merge(monitoring.grpc_routes().into_axum_router());
    /// // Beside services of one's own, by tonic:
    /// let server = tonic::transport::Server::builder().add_routes(monitoring.grpc_routes());
    /// ```
    ///
    /// [Token](Self::with_bearer_token) and [limit](Self::with_rate_limit) hold for `Monitor`; they are answered with `UNAUTHENTICATED` and
    /// `RESOURCE_EXHAUSTED`. `grpc.health.v1` is open, as the probes are. Streams end by themselves when readiness is
    /// [shut down](crate::Readiness::shut_down), so that a server which waits for its connections can end.
    #[cfg(feature = "grpc")]
    #[must_use]
    pub fn grpc_routes(&self) -> tonic::service::Routes {
        crate::grpc::routes(self)
    }

    /// Serves the endpoints on a port of their own, `127.0.0.1:0` for a free one, until the server is dropped or shut down.
    ///
    /// With the feature `grpc` the port speaks gRPC too. It has a thread and a runtime of its own, so that it answers while the
    /// application's is busy; it needs none of the application's. Whoever takes more than ten seconds to ask, or to take some of an
    /// answer, is hung up on; at most 512 are connected at the same time. Anything but loopback tells whoever reaches it: give it a
    /// [bearer token](Self::with_bearer_token).
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub fn serve(self, address: impl ToSocketAddrs) -> io::Result<MonitoringServer> {
        #[cfg(feature = "grpc")]
        let grpc = self.grpc_routes().into_axum_router();
        let app = self.router();
        #[cfg(feature = "grpc")]
        let app = app.merge(grpc);
        MonitoringServer::start(address, app)
    }
}

impl fmt::Debug for Monitoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitoring")
            .field("prefix", &self.prefix)
            .field("application", &self.application)
            .field("scrape", &self.scrape.is_some())
            .field("health", &self.health)
            .field("stats", &self.stats.is_some())
            .field("traces", &self.traces)
            .field("token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}
