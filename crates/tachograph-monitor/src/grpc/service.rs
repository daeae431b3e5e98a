//! The service `Monitor`.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::{
    GetHealthRequest, GetHealthResponse, GetInfoRequest, GetInfoResponse, GetStatsRequest, GetStatsResponse,
    WatchStatsRequest, WatchStatsResponse, monitor_server::Monitor, watch,
};
use crate::{
    application::Application,
    health::Health,
    info::Info,
    monitoring::Monitoring,
    stats::{NO_METRICS, Stats},
};

/// How many may watch at the same time: each has a whole summary made once a second.
pub(super) const WATCHES: usize = 1000;

/// What calls are answered from.
pub(super) struct Endpoints {
    sources: Arc<Sources>,
}

/// Shared with every stream: as long as one lives, there is one more of the pointer.
pub(super) struct Sources {
    pub(super) health: Health,
    stats: Option<Stats>,
    application: Application,
    /// A place for each watch.
    pub(super) room: Arc<Semaphore>,
}

impl Endpoints {
    pub(super) fn new(monitoring: &Monitoring) -> Self {
        let sources = Sources {
            health: monitoring.health(),
            stats: monitoring.stats.clone(),
            application: monitoring.application().clone(),
            room: Arc::new(Semaphore::new(WATCHES)),
        };
        Self { sources: Arc::new(sources) }
    }

    #[cfg(test)]
    pub(super) fn sources(&self) -> &Arc<Sources> {
        &self.sources
    }
}

impl Sources {
    pub(super) fn stats(&self) -> Result<&Stats, Status> {
        self.stats.as_ref().ok_or_else(|| Status::unavailable(NO_METRICS))
    }
}

#[tonic::async_trait]
impl Monitor for Endpoints {
    async fn get_health(&self, _: Request<GetHealthRequest>) -> Result<Response<GetHealthResponse>, Status> {
        let report = self.sources.health.report().await;
        Ok(Response::new(GetHealthResponse { health: Some((&report).into()) }))
    }

    async fn get_stats(&self, _: Request<GetStatsRequest>) -> Result<Response<GetStatsResponse>, Status> {
        let summary = self.sources.stats()?.summary();
        Ok(Response::new(GetStatsResponse { summary: Some((&*summary).into()) }))
    }

    type WatchStatsStream = BoxStream<WatchStatsResponse>;

    async fn watch_stats(
        &self,
        request: Request<WatchStatsRequest>,
    ) -> Result<Response<Self::WatchStatsStream>, Status> {
        watch::summaries(Arc::clone(&self.sources), request.get_ref()).map(Response::new)
    }

    async fn get_info(&self, _: Request<GetInfoRequest>) -> Result<Response<GetInfoResponse>, Status> {
        let Sources { application, stats, .. } = &*self.sources;
        let info = Info::new(application, stats.as_ref().and_then(Stats::system));
        Ok(Response::new(GetInfoResponse { info: Some((&info).into()) }))
    }
}
