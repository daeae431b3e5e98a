//! `grpc.health.v1`: readiness, as gRPC asks for it.
//!
//! Each watch has a receiver of readiness of its own. The reporter of `tonic-health` would need a task that carries every change
//! over to it, and somebody who ends that task.

use std::{pin::pin, time::Duration};

use async_stream::stream;
use tonic::{Request, Response, Status, codegen::BoxStream, server::NamedService};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus, health_server};

use super::{monitor_server::MonitorServer, service::Endpoints, timer};
use crate::{
    health::Health,
    readiness::{Readiness, ServingState},
};

/// How long a watch goes on after the shutdown: long enough that a client which at once begins another asks once a second.
const LINGER: Duration = Duration::from_secs(1);

/// Without the name that was asked for, which may be as long as its client likes.
const UNKNOWN: &str =
    "there is no such service here: ask for \"tachograph.monitor.v1.Monitor\", or for \"\", which is the process";

/// Tells of the process, which is the service with the empty name, and of the service `Monitor`: both are as ready as the application.
pub(super) struct Serving {
    health: Health,
}

impl Serving {
    pub(super) fn new(health: Health) -> Self {
        Self { health }
    }
}

#[tonic::async_trait]
impl health_server::Health for Serving {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        if !is_known(&request.get_ref().service) {
            return Err(Status::not_found(UNKNOWN));
        }
        let readiness = self.health.readiness();
        if !readiness.is_shutting_down() {
            self.health.settle_gates().await;
        }
        let now = *readiness.watch().borrow();
        Ok(Response::new(answer(status(now))))
    }

    type WatchStream = BoxStream<HealthCheckResponse>;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        // Where nobody refreshes, whoever watches asks.
        self.health.refresh();
        Ok(Response::new(changes(self.health.clone(), is_known(&request.get_ref().service))))
    }
}

fn is_known(service: &str) -> bool {
    service.is_empty() || service == MonitorServer::<Endpoints>::NAME
}

/// What is true now, and every change of it. Of changes that follow each other faster than the client takes them, the last is told.
fn changes(health: Health, known: bool) -> BoxStream<HealthCheckResponse> {
    Box::pin(stream! {
        let mut state = health.watch();
        let mut end = pin!(ended(health.readiness()));
        if !known {
            yield Ok(answer(ServingStatus::ServiceUnknown));
            end.await;
            return;
        }
        let mut told = None;
        loop {
            let now = tokio::select! {
                biased;
                changed = state.wait_for(|now| Some(*now) != told) => changed.ok().map(|now| *now),
                () = &mut end => None,
            };
            let Some(now) = now else { return };
            told = Some(now);
            yield Ok(answer(status(now)));
        }
    })
}

/// After the shutdown nothing changes any more, and a stream that stays keeps its server from ending.
async fn ended(readiness: &Readiness) {
    readiness.shutting_down().await;
    if let Some(linger) = timer::after(LINGER) {
        linger.await;
    }
}

fn status(state: ServingState) -> ServingStatus {
    match state {
        ServingState::Serving => ServingStatus::Serving,
        ServingState::NotServing => ServingStatus::NotServing,
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
