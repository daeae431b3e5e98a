//! What services stand on: objectives, health, the process and the machine, databases and caches.

use super::{Dashboard, HEALTH, Panel, mean, quantile, rate, ratio, unit};

pub(super) fn dashboard() -> Dashboard {
    let about = "The four golden signals: traffic, errors, latency and saturation; with objectives, health checks, and what services \
                 stand on.";
    Dashboard::new("operations", "operations", about)
        .with_row("Golden signals", signals())
        .with_row("Objectives", objectives())
        .with_row("Health", health())
        .with_row("Process and machine", machine())
        .with_row("Databases", databases())
        .with_row("Caches", caches())
}

fn signals() -> Vec<Panel> {
    let failed = rate("job", "http_requests_total{SERVICE,status!~\"[1-4]..|cancelled\"}");
    vec![
        Panel::timeseries("Traffic", unit::REQUESTS, "HTTP requests that each service answers.")
            .query("job:http_requests:rate5m{JOB}", "{{job}}")
            .classic(rate("job", "http_requests_total{SERVICE}"), "{{job}}")
            .wide(6),
        Panel::timeseries("Errors", unit::RATIO, "Part of the requests that failed.")
            .query("job:http_errors:ratio_rate5m{JOB}", "{{job}}")
            .classic(ratio(&failed, &rate("job", "http_requests_total{SERVICE}")), "{{job}}")
            .failures()
            .wide(6),
        Panel::timeseries("Latency", unit::SECONDS, "Half of the requests, 19 of 20 and 99 of 100 take no longer.")
            .query("job:http_request_duration_seconds:p50_5m{JOB}", "{{job}} p50")
            .query("job:http_request_duration_seconds:p95_5m{JOB}", "{{job}} p95")
            .query("job:http_request_duration_seconds:p99_5m{JOB}", "{{job}} p99")
            .classic(quantile(50, "job", "http_request_duration_seconds{SERVICE}"), "{{job}} p50")
            .classic(quantile(95, "job", "http_request_duration_seconds{SERVICE}"), "{{job}} p95")
            .classic(quantile(99, "job", "http_request_duration_seconds{SERVICE}"), "{{job}} p99")
            .wide(6),
        Panel::timeseries(
            "Saturation",
            unit::NUMBER,
            "What is under way: HTTP requests, and other operations by kind.",
        )
        .query("job:http_active_requests:sum{JOB}", "{{job}} http")
        .query(
            "sum by (job, tachograph_operation_kind) (tachograph_operations_active{SERVICE})",
            "{{job}} {{tachograph_operation_kind}}",
        )
        .classic("sum by (job) (active_requests{SERVICE})", "{{job}} http")
        .classic("sum by (job) (active_agents{SERVICE})", "{{job}} agent")
        .wide(6),
    ]
}

/// Speeds at which the budget of 30 days is used up, as long windows see them.
fn burn(objective: &str, windows: [&'static str; 2]) -> [(String, String); 2] {
    windows.map(|window| {
        let expr =
            format!("job:slo_http_{objective}:ratio_rate{window}{{JOB}} / scalar(limit:slo_http_{objective}:ratio)");
        (expr, format!("{{{{job}}}} {window}"))
    })
}

fn objectives() -> Vec<Panel> {
    let panel = |title, description, objective, windows| {
        let panel = Panel::timeseries(title, unit::NUMBER, description).without_classic().wide(6);
        burn(objective, windows).into_iter().fold(panel, |panel, (expr, legend)| panel.query(expr, &legend))
    };
    vec![
        panel(
            "Errors: budget, fast",
            "How many times faster than allowed errors use up the budget of 30 days.",
            "errors",
            ["1h", "6h"],
        )
        .bound_at("HttpErrorBudgetBurnsFast", 6.0)
        .bound_at("HttpErrorBudgetBurnsFast", 14.4)
        .failures(),
        panel(
            "Errors: budget, slowly",
            "The same over days; above 1 the budget does not last.",
            "errors",
            ["1d", "3d"],
        )
        .bound_at("HttpErrorBudgetBurnsSlowly", 3.0)
        .failures(),
        panel(
            "Latency: budget, fast",
            "How many times faster than allowed slow answers use up the budget of 30 days.",
            "slow",
            ["1h", "6h"],
        )
        .bound_at("HttpLatencyBudgetBurnsFast", 6.0)
        .bound_at("HttpLatencyBudgetBurnsFast", 14.4),
        panel("Latency: budget, slowly", "The same over days; above 1 the budget does not last.", "slow", ["1d", "3d"])
            .bound_at("HttpLatencyBudgetBurnsSlowly", 3.0),
    ]
}

fn health() -> Vec<Panel> {
    vec![
        Panel::stat("Health checks", unit::NUMBER, "The worst instance of each check.")
            .query(
                "min by (job, tachograph_component) (tachograph_system_health{SERVICE})",
                "{{job}} {{tachograph_component}}",
            )
            .words(HEALTH)
            .alert("DatabaseDown")
            .alert("CacheDown")
            .alert("ModelProviderDown")
            .alert("DependencyDown")
            .alert("DependencyDegraded")
            .wide(12),
        Panel::stat("Running for", unit::SECONDS, "The youngest instance of each service.")
            .query("min by (job) (process_uptime_seconds{SERVICE})", "{{job}}")
            .wide(6),
        Panel::timeseries("Restarts", unit::NUMBER, "In the 30 minutes before, by instance.")
            .query("resets(process_uptime_seconds{SERVICE}[30m])", "{{job}} {{instance}}")
            .alert("ServiceRestarted")
            .bound("ServiceRestartsRepeatedly")
            .wide(6),
    ]
}

fn machine() -> Vec<Panel> {
    let instance = "{{job}} {{instance}}";
    vec![
        Panel::timeseries("Processors of the machine", unit::RATIO, "Part that is busy, of what the service may use.")
            .query("max by (job, instance) (system_cpu_utilization{SERVICE})", instance)
            .bound("CpuHigh"),
        Panel::timeseries("Memory of the machine", unit::RATIO, "Part that is used, of what the service may use.")
            .query("max by (job, instance) (system_memory_utilization{SERVICE,system_memory_state=\"used\"})", instance)
            .bound("MemoryCritical"),
        Panel::timeseries("Disk", unit::RATIO, "Part that is free, of the file system that the service works in.")
            .query(
                "min by (job, instance) (system_filesystem_utilization{SERVICE,system_filesystem_state=\"free\"})",
                instance,
            )
            .bound("DiskSpaceLow")
            .bound("DiskSpaceCritical"),
        Panel::timeseries("Processors of the process", unit::NUMBER, "Processors that it keeps busy, by mode.").query(
            rate("job, instance, cpu_mode", "process_cpu_time_seconds_total{SERVICE}"),
            "{{job}} {{instance}} {{cpu_mode}}",
        ),
        Panel::timeseries("Memory of the process", unit::BYTES, "Resident memory.")
            .query("max by (job, instance) (process_memory_usage_bytes{SERVICE})", instance)
            .classic("max by (job, instance) (memory_usage_bytes{SERVICE})", instance)
            .bound("MemoryHigh"),
        Panel::timeseries(
            "Memory and disk that there are",
            unit::BYTES,
            "Memory that the service may use, what is free of it, and space that is free.",
        )
        .query("max by (job, instance) (system_memory_limit_bytes{SERVICE})", "{{job}} {{instance}} memory")
        .query(
            "max by (job, instance) (system_memory_usage_bytes{SERVICE,system_memory_state=\"free\"})",
            "{{job}} {{instance}} memory, free",
        )
        .query(
            "max by (job, instance) (system_filesystem_usage_bytes{SERVICE,system_filesystem_state=\"free\"})",
            "{{job}} {{instance}} disk, free",
        ),
        Panel::timeseries("Virtual memory", unit::BYTES, "Addresses that the process has.")
            .query("max by (job, instance) (process_memory_virtual_bytes{SERVICE})", instance),
        Panel::timeseries("Threads", unit::NUMBER, "Threads of the process.")
            .query("max by (job, instance) (process_thread_count{SERVICE})", instance),
        Panel::timeseries("Open files", unit::NUMBER, "Files, sockets and the like that it has open.")
            .query("max by (job, instance) (process_unix_file_descriptor_count{SERVICE})", instance),
    ]
}

fn databases() -> Vec<Panel> {
    let by = "job, db_operation_name, db_collection_name";
    let legend = "{{job}} {{db_operation_name}} {{db_collection_name}}";
    let classic = "{{job}} {{operation}} {{table}}";
    let pool = "{{job}} {{db_client_connection_pool_name}}";
    let of_pool =
        |part: &str| format!("sum by (job, instance, db_client_connection_pool_name) (db_client_connection_{part})");
    vec![
        Panel::timeseries("Queries", unit::OPERATIONS, "Operations on databases that ended.")
            .query(rate(by, "db_client_operation_duration_seconds_count{SERVICE}"), legend)
            .classic(rate("job, operation, table", "db_queries_total{SERVICE}"), classic),
        Panel::timeseries(
            "Time of queries (p95)",
            unit::SECONDS,
            "19 operations of 20 take no longer, to the end of what they return.",
        )
        .query(quantile(95, by, "db_client_operation_duration_seconds{SERVICE}"), legend)
        .classic(quantile(95, "job, operation, table", "db_query_duration_seconds{SERVICE}"), classic),
        Panel::timeseries("Rows", unit::NUMBER, "Rows that an operation returns, on average.")
            .query(mean(by, "db_client_response_returned_rows{SERVICE}"), legend),
        Panel::timeseries("Connections in use", unit::RATIO, "Part of the connections that a pool may open.")
            .query(
                format!(
                    "{} / ({} > 0)",
                    of_pool("count{SERVICE,db_client_connection_state=\"used\"}"),
                    of_pool("limit{SERVICE}")
                ),
                "{{job}} {{instance}} {{db_client_connection_pool_name}}",
            )
            .bound("DatabasePoolNearLimit"),
        Panel::timeseries("Waits for a connection (p95)", unit::SECONDS, "19 waits of 20 take no longer.").query(
            quantile(95, "job, db_client_connection_pool_name", "db_client_connection_wait_time_seconds{SERVICE}"),
            pool,
        ),
        Panel::timeseries("Callers that wait", unit::NUMBER, "For a connection.").query(
            "sum by (job, db_client_connection_pool_name) (db_client_connection_pending_requests{SERVICE})",
            pool,
        ),
    ]
}

fn caches() -> Vec<Panel> {
    let cache = "{{job}} {{tachograph_cache_name}}";
    let hits = rate("job, cache_type", "cache_hits_total{SERVICE}");
    let misses = rate("job, cache_type", "cache_misses_total{SERVICE}");
    let operation = "{{job}} {{tachograph_cache_name}} {{tachograph_cache_operation}}";
    vec![
        Panel::timeseries("Hits", unit::RATIO, "Part of the look-ups that found something.")
            .query("job_cache:cache_hits:ratio_rate15m{JOB}", cache)
            .classic(
                format!("({hits} or 0 * {misses}) / (({hits} or 0 * {misses}) + ({misses} or 0 * {hits}) > 0)"),
                "{{job}} {{cache_type}}",
            )
            .bound("CacheHitRateLow")
            .bound("CacheHitRateVeryLow"),
        Panel::timeseries("Look-ups", unit::OPERATIONS, "By cache.")
            .query("job_cache:cache_lookups:rate15m{JOB}", cache)
            .classic(format!("({hits} or 0 * {misses}) + ({misses} or 0 * {hits})"), "{{job}} {{cache_type}}"),
        Panel::timeseries("Time of operations (p95)", unit::SECONDS, "19 operations of 20 take no longer.").query(
            quantile(
                95,
                "job, tachograph_cache_name, tachograph_cache_operation",
                "tachograph_cache_operation_duration_seconds{SERVICE}",
            ),
            operation,
        ),
        Panel::timeseries("Entries", unit::NUMBER, "What caches hold.")
            .query("sum by (job, tachograph_cache_name) (tachograph_cache_size{SERVICE})", cache),
        Panel::timeseries("Weight", unit::NUMBER, "What caches hold, in the weight that they count themselves.")
            .query("sum by (job, tachograph_cache_name) (tachograph_cache_weight{SERVICE})", cache),
        Panel::timeseries("Evictions", unit::COUNTS, "Entries that caches gave up, by cause.").query(
            rate(
                "job, tachograph_cache_name, tachograph_cache_eviction_cause",
                "tachograph_cache_evictions_total{SERVICE}",
            ),
            "{{job}} {{tachograph_cache_name}} {{tachograph_cache_eviction_cause}}",
        ),
    ]
}
