//! What services offer: HTTP and gRPC; and what they ask of others.

use super::{Dashboard, Panel, Variable, mean, quantile, rate, ratio, unit};

const ROUTE: &str = "{{job}} {{http_route}}";
const CLASSIC_ROUTE: &str = "{{job}} {{endpoint}}";

pub(super) fn dashboard() -> Dashboard {
    let about = "Requests that services answer and make, by route: how many, how long, how many fail. A request lasts to the last byte of \
                 its body.";
    Dashboard::new("api", "API", about)
        .with_variable(
            Variable::values("route", "Route", "http_server_request_duration_seconds_count{SERVICE}", "http_route")
                .classic("http_requests_total{SERVICE}", "endpoint"),
        )
        .with_row("HTTP server", requests())
        .with_row("Bodies", bodies())
        .with_row("gRPC", rpc())
        .with_row("HTTP client", client())
}

fn requests() -> Vec<Panel> {
    let duration = "http_server_request_duration_seconds{SERVICE,http_route=~\"$route\"}";
    let count = "http_server_request_duration_seconds_count{SERVICE,http_route=~\"$route\"}";
    let classic_count = "http_requests_total{SERVICE,endpoint=~\"$route\"}";
    let classic = "http_request_duration_seconds{SERVICE,endpoint=~\"$route\"}";
    let failed = rate("job", "http_requests_total{SERVICE,status!~\"[1-4]..|cancelled\"}");
    vec![
        Panel::timeseries("Requests", unit::REQUESTS, "Requests that were answered, by route.")
            .query("job_route:http_requests:rate5m{JOB,http_route=~\"$route\"}", ROUTE)
            .classic(rate("job, endpoint", classic_count), CLASSIC_ROUTE),
        Panel::timeseries(
            "Requests by status",
            unit::REQUESTS,
            "By the status of the answer; without one where there was no answer.",
        )
        .query(rate("job, http_response_status_code", count), "{{job}} {{http_response_status_code}}")
        .classic(rate("job, status", classic_count), "{{job}} {{status}}"),
        Panel::timeseries(
            "Failed requests",
            unit::RATIO,
            "Part of all requests of a service that failed: status 5xx, or none at all.",
        )
        .query("job:http_errors:ratio_rate5m{JOB}", "{{job}}")
        .classic(ratio(&failed, &rate("job", "http_requests_total{SERVICE}")), "{{job}}")
        .bound("HttpErrorRateHigh")
        .bound("HttpErrorRateCritical")
        .failures(),
        Panel::timeseries("Time of requests (median)", unit::SECONDS, "Half of the requests take no longer, by route.")
            .query(quantile(50, "job, http_route", duration), ROUTE)
            .classic(quantile(50, "job, endpoint", classic), CLASSIC_ROUTE),
        Panel::timeseries("Time of requests (p95)", unit::SECONDS, "19 requests of 20 take no longer, by route.")
            .query("job_route:http_request_duration_seconds:p95_5m{JOB,http_route=~\"$route\"}", ROUTE)
            .classic(quantile(95, "job, endpoint", classic), CLASSIC_ROUTE)
            .bound("HttpLatencyHigh")
            .bound("HttpLatencyCritical"),
        Panel::timeseries("Time of requests (p99)", unit::SECONDS, "99 requests of 100 take no longer, by route.")
            .query(quantile(99, "job, http_route", duration), ROUTE)
            .classic(quantile(99, "job, endpoint", classic), CLASSIC_ROUTE),
        Panel::timeseries(
            "Requests under way",
            unit::NUMBER,
            "Requests that have begun and not ended, streams included.",
        )
        .query("job:http_active_requests:sum{JOB}", "{{job}}")
        .classic("sum by (job) (active_requests{SERVICE})", "{{job}}"),
        Panel::timeseries("Refused as too many", unit::COUNTS_A_MINUTE, "Answers 429 and RESOURCE_EXHAUSTED.")
            .query("60 * job:http_rate_limited:rate5m{JOB}", "{{job}}")
            .classic(format!("60 * {}", rate("job", "tachograph_requests_rate_limited_total{SERVICE}")), "{{job}}")
            .bound("RateLimitHitsHigh")
            .failures(),
        Panel::timeseries(
            "Headers that were ignored",
            unit::COUNTS,
            "Trace context and baggage of callers: malformed, too long, too many members.",
        )
        .query(
            rate(
                "job, tachograph_propagation_header, tachograph_propagation_reason",
                "tachograph_propagation_rejected_total{SERVICE}",
            ),
            "{{job}} {{tachograph_propagation_header}} {{tachograph_propagation_reason}}",
        ),
    ]
}

fn bodies() -> Vec<Panel> {
    let of = |name: &str| format!("{name}{{SERVICE,http_route=~\"$route\"}}");
    let classic = |name: &str| format!("{name}{{SERVICE,endpoint=~\"$route\"}}");
    vec![
        Panel::timeseries("Bodies of requests", unit::BYTES, "On average, by route.")
            .query(mean("job, http_route", &of("http_server_request_body_size_bytes")), ROUTE)
            .classic(mean("job, endpoint", &classic("http_request_size_bytes")), CLASSIC_ROUTE)
            .wide(12),
        Panel::timeseries("Bodies of answers", unit::BYTES, "On average, by route.")
            .query(mean("job, http_route", &of("http_server_response_body_size_bytes")), ROUTE)
            .classic(mean("job, endpoint", &classic("http_response_size_bytes")), CLASSIC_ROUTE)
            .wide(12),
    ]
}

fn rpc() -> Vec<Panel> {
    let side = |side: &str| format!("rpc_{side}_call_duration_seconds{{SERVICE}}");
    let count = |side: &str| format!("rpc_{side}_call_duration_seconds_count{{SERVICE}}");
    let by = "job, rpc_method, rpc_status_code";
    let legend = "{{job}} {{rpc_method}} {{rpc_status_code}}";
    vec![
        Panel::timeseries("Calls that were answered", unit::REQUESTS, "By method and status.")
            .query(rate(by, &count("server")), legend)
            .wide(6),
        Panel::timeseries("Time to answer (p95)", unit::SECONDS, "19 calls of 20 take no longer, by method.")
            .query(quantile(95, "job, rpc_method", &side("server")), "{{job}} {{rpc_method}}")
            .wide(6),
        Panel::timeseries("Calls that were made", unit::REQUESTS, "By method and status.")
            .query(rate(by, &count("client")), legend)
            .wide(6),
        Panel::timeseries("Time of calls made (p95)", unit::SECONDS, "19 calls of 20 take no longer, by method.")
            .query(quantile(95, "job, rpc_method", &side("client")), "{{job}} {{rpc_method}}")
            .wide(6),
    ]
}

fn client() -> Vec<Panel> {
    let by = "job, server_address, http_response_status_code";
    let legend = "{{job}} {{server_address}}";
    vec![
        Panel::timeseries("Outgoing requests", unit::REQUESTS, "By host and status.").query(
            rate(by, "http_client_request_duration_seconds_count{SERVICE}"),
            "{{job}} {{server_address}} {{http_response_status_code}}",
        ),
        Panel::timeseries(
            "Time of outgoing requests (p95)",
            unit::SECONDS,
            "19 requests of 20 take no longer, by host.",
        )
        .query(quantile(95, "job, server_address", "http_client_request_duration_seconds{SERVICE}"), legend),
        Panel::timeseries(
            "Outgoing requests under way",
            unit::NUMBER,
            "Requests that have no whole answer yet, by host.",
        )
        .query("sum by (job, server_address) (http_client_active_requests{SERVICE})", legend),
        Panel::timeseries("Bodies that were sent", unit::BYTES, "On average, by host.")
            .query(mean("job, server_address", "http_client_request_body_size_bytes{SERVICE}"), legend)
            .wide(12),
        Panel::timeseries("Bodies that were received", unit::BYTES, "On average, by host.")
            .query(mean("job, server_address", "http_client_response_body_size_bytes{SERVICE}"), legend)
            .wide(12),
    ]
}
