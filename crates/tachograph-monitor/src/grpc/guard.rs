//! Who may call, and how often: what [`access`](crate::access) is for HTTP.

use std::time::Instant;

use tonic::{Request, Status};

use crate::access::{Pace, Token};

/// In the order of the HTTP endpoints: who guesses tokens is slowed down too.
pub(super) fn guard(
    token: Option<Token>,
    pace: Option<Pace>,
) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone {
    move |request| {
        if pace.as_ref().is_some_and(|pace| !pace.admits(Instant::now())) {
            return Err(Status::resource_exhausted("too many calls of the monitoring service: ask again in a second"));
        }
        if token.as_ref().is_some_and(|token| !token.admits(request.metadata().as_ref())) {
            return Err(Status::unauthenticated("a bearer token is needed: metadata `authorization: Bearer …`"));
        }
        Ok(request)
    }
}
