//! The table of routes.

use axum::{
    Router,
    extract::Path,
    http::{Method, header::AUTHORIZATION},
    middleware::from_fn_with_state,
    response::Redirect,
    routing::get,
};
use tower_http::{cors::CorsLayer, limit::RequestBodyLimitLayer};

use crate::{
    access, health,
    info::Info,
    metrics::{self, Source},
    monitoring::Monitoring,
    page,
    stats::{history_answer, stats_answer},
    traces::{one_answer, recent_answer},
};

/// No request has to say much.
const MAX_BODY: usize = 64 * 1024;

/// The routes of the crate's documentation.
pub(crate) fn router<S>(monitoring: Monitoring) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let Monitoring { prefix, token, pace, origins, .. } = &monitoring;
    let mut routes = Router::new().merge(probes(&monitoring)).merge(assets(&monitoring)).merge(
        figures(&monitoring)
            .layer(from_fn_with_state(token.clone(), access::with_token))
            .layer(from_fn_with_state(pace.clone(), access::at_a_pace)),
    );
    if let Some(last) = prefix.last_segment() {
        // Relative, so that it holds below whatever the router is nested in.
        let page = format!("{last}/");
        routes = routes.route(&prefix.path(""), get(async move || Redirect::permanent(&page)));
    }
    if let Some(origins) = origins {
        let cors = CorsLayer::new()
            .allow_methods([Method::GET, Method::HEAD])
            .allow_headers([AUTHORIZATION])
            .allow_origin(origins.clone());
        routes = routes.layer(cors);
    }
    routes.layer(RequestBodyLimitLayer::new(MAX_BODY))
}

/// What an orchestrator asks: open, and never held up.
fn probes<S: Clone + Send + Sync + 'static>(monitoring: &Monitoring) -> Router<S> {
    let Monitoring { prefix, .. } = monitoring;
    let (ready, startup) = (monitoring.health(), monitoring.health());
    Router::new()
        .route("/health", get(health::health))
        .route(&prefix.path("/health/live"), get(health::live))
        .route(&prefix.path("/health/ready"), get(move || health::ready(ready.clone())))
        .route(&prefix.path("/health/startup"), get(move || health::startup(startup.clone())))
}

/// The page is open too: there is nothing in it but how to ask for the figures.
fn assets<S: Clone + Send + Sync + 'static>(monitoring: &Monitoring) -> Router<S> {
    let Monitoring { prefix, .. } = monitoring;
    Router::new()
        .route(&prefix.path("/"), get(page::html))
        .route(&prefix.path("/assets/page.js"), get(page::script))
        .route(&prefix.path("/assets/page.css"), get(page::style))
}

/// All that tells something of the application.
fn figures<S: Clone + Send + Sync + 'static>(monitoring: &Monitoring) -> Router<S> {
    let Monitoring { prefix, stats, traces, links, .. } = monitoring;
    let source = Source::new(monitoring.scrape.clone());
    let (for_stats, for_history, for_info) = (stats.clone(), stats.clone(), stats.clone());
    let (for_recent, for_one, links) = (traces.clone(), traces.clone(), links.clone());
    let (application, report) = (monitoring.application().clone(), monitoring.health());
    let health = prefix.path("/health");
    let router = if health == "/health" {
        // What stands there already is for everybody.
        Router::new()
    } else {
        Router::new().route(&health, get(move || health::report(report.clone())))
    };
    router
        .route(&prefix.path("/stats"), get(async move || stats_answer(for_stats.as_ref())))
        .route(&prefix.path("/stats/history"), get(async move |query| history_answer(for_history.as_ref(), query)))
        .route(
            &prefix.path("/info"),
            get(async move || Info::new(&application, for_info.and_then(|stats| stats.system())).into_answer()),
        )
        .route(&prefix.path("/traces"), get(async move |query| recent_answer(for_recent.as_ref(), query)))
        .route(
            &prefix.path("/traces/{trace_id}"),
            get(async move |Path(id): Path<String>| one_answer(for_one.as_ref(), &id, |id| links.of(id))),
        )
        .route(&prefix.path("/metrics"), get(move |headers| metrics::metrics(source.clone(), headers)))
}

#[cfg(test)]
mod tests;
