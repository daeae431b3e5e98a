//! From a request to a response.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode, Uri},
    response::IntoResponse as _,
};
use serde_json::Value;

use super::{Answer, Asked, Fault, delivery, plan::Plan, sent::Log};

type Script = Box<dyn Fn(&Asked) -> Answer + Send + Sync>;

pub(super) struct Server {
    script: Script,
    faults: Mutex<VecDeque<Fault>>,
    log: Log,
}

impl fmt::Debug for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Server").field("log", &self.log).finish_non_exhaustive()
    }
}

impl Server {
    pub(super) fn new(script: Script) -> Self {
        Self { script, faults: Mutex::default(), log: Log::default() }
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn fail_next(&self, requests: usize, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(std::iter::repeat_n(fault, requests));
    }

    fn plan(&self, asked: &Asked) -> Plan {
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match fault {
            Some(Fault::Refused { status, retry_after }) => Plan::refusal(asked, status, retry_after),
            _ => Plan::answer(asked, (self.script)(asked), fault),
        }
    }
}

pub(super) fn router(server: &Arc<Server>) -> Router {
    Router::new().fallback(respond).with_state(Arc::clone(server))
}

async fn respond(
    State(server): State<Arc<Server>>,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response<Body> {
    let Some(asked) = Asked::of(&uri, headers, body) else { return StatusCode::NOT_FOUND.into_response() };
    let (asked, entry) = server.log.enter(asked);
    let plan = server.plan(&asked);
    entry.plans(&plan);
    plan.gate.pass().await;
    let mut response = Response::new(delivery::body(plan.pieces, plan.breaks_off, plan.gate, entry));
    *response.status_mut() = plan.status;
    *response.headers_mut() = plan.headers;
    response
}
