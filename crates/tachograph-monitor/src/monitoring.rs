use std::{fmt, sync::Arc};

use axum::{Router, routing::get};
use tachograph_core::source::Scrape;

use crate::{
    health::{self, Health},
    metrics::{self, Source},
    prefix::{Prefix, PrefixError},
    readiness::Readiness,
};

/// Builds the router of the monitoring endpoints. The [crate] has the table of routes.
#[derive(Clone, Default)]
#[must_use]
pub struct Monitoring {
    prefix: Prefix,
    scrape: Option<Arc<dyn Scrape>>,
    readiness: Readiness,
    health: Option<Health>,
}

impl Monitoring {
    /// Endpoints below `/monitoring`, ready at once, without metrics.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the endpoints, all but `/health`, below another path. The default is `/monitoring`; an empty prefix puts them
    /// at the root, where the report of health has no route, since `/health` is taken.
    ///
    /// # Errors
    ///
    /// When `prefix` is no plain path: it has to begin with `/`, must not end with one, and its segments consist of
    /// letters, digits, `-`, `_`, `.` and `~`.
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, PrefixError> {
        self.prefix = Prefix::parse(prefix)?;
        Ok(self)
    }

    /// Where the metrics come from. Without it `/metrics` answers 503 and says so.
    ///
    /// Scrapes run one at a time, on a thread that may block, so that a slow or hanging source neither stops the
    /// application nor piles up threads: it keeps one, and after 5 s in line the others are answered with 503 and the reason.
    pub fn with_scrape(mut self, source: Arc<dyn Scrape>) -> Self {
        self.scrape = Some(source);
        self
    }

    /// What `/health/ready` answers by. The default is always ready.
    pub fn with_readiness(mut self, readiness: Readiness) -> Self {
        self.readiness = readiness;
        self
    }

    /// What `/health` below the prefix reports, and by its readiness what `/health/ready` and `/health/startup` answer by, whatever
    /// [`with_readiness`](Self::with_readiness) says. The default is a health without checks.
    pub fn with_health(mut self, health: Health) -> Self {
        self.health = Some(health);
        self
    }

    /// The router, to be merged into the application's or served on its own.
    ///
    /// It has no fallback and no state. As every merge, that into a router that has one of its routes already panics: an
    /// application with a `/health` of its own has to give that up or serve this router elsewhere.
    pub fn router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let Self { prefix, scrape, readiness, health } = self;
        let source = Source::new(scrape);
        let health = health.unwrap_or_else(|| Health::with_readiness(readiness));
        let (ready, startup, report) = (health.clone(), health.clone(), health);
        let router = Router::new()
            .route("/health", get(health::health))
            .route(&prefix.path("/health/live"), get(health::live))
            .route(&prefix.path("/health/ready"), get(move || health::ready(ready.clone())))
            .route(&prefix.path("/health/startup"), get(move || health::startup(startup.clone())))
            .route(&prefix.path("/metrics"), get(move |headers| metrics::metrics(source.clone(), headers)));
        let path = prefix.path("/health");
        if path == "/health" {
            return router;
        }
        router.route(&path, get(move || health::report(report.clone())))
    }
}

impl fmt::Debug for Monitoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitoring")
            .field("prefix", &self.prefix)
            .field("scrape", &self.scrape.is_some())
            .field("readiness", &self.readiness)
            .field("health", &self.health)
            .finish()
    }
}
