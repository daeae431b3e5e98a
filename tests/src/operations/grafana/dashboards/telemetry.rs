//! Whether telemetry itself is whole: in the SDK, in scrapes, in the Collector.

use super::{Dashboard, HEALTH, Panel, Variable, increase, rate, unit};

const INSTANCE: &str = "{{job}} {{instance}}";
const EXPORTER: &str = "{{job}} {{otel_component_type}}";

pub(super) fn dashboard() -> Dashboard {
    let about = "What becomes of spans, metrics and log records on their way, what scrapes leave out, and how the Collector is.";
    Dashboard::new("telemetry", "telemetry", about)
        .with_variable(
            Variable::values(
                "collector",
                "Collector",
                "{__name__=~\"otelcol_process_uptime(_seconds)?(_total)?\"}",
                "job",
            )
            .present(),
        )
        .with_row("Export", export())
        .with_row("Scrapes", scrapes())
        .with_row("Metrics and logs", metrics_and_logs())
        .with_row("Collector", collector())
}

/// A metric of both signals that have a queue.
fn both(panel: Panel, expr: impl Fn(&str) -> String, legend: &str) -> Panel {
    ["span", "log"]
        .into_iter()
        .fold(panel, |panel, signal| panel.query(expr(signal), &format!("{{{{job}}}} {signal}{legend}")))
}

fn export() -> Vec<Panel> {
    let signals = ["span", "log", "metric_data_point"];
    let exported = |signal: &str, failed: &str| {
        rate("job, error_type", &format!("otel_sdk_exporter_{signal}_exported_total{{SERVICE,error_type{failed}\"\"}}"))
    };
    let each = |panel: Panel, expr: &dyn Fn(&str) -> String, legend: &str| {
        signals
            .into_iter()
            .fold(panel, |panel, signal| panel.query(expr(signal), &format!("{{{{job}}}} {signal}{legend}")))
    };
    vec![
        Panel::stat("Delivery", unit::NUMBER, "Whether the last export of each signal was taken.")
            .query(
                "min by (job, instance) (tachograph_system_health{SERVICE,tachograph_component=\"telemetry\"})",
                INSTANCE,
            )
            .words(HEALTH)
            .alert("TelemetryExportFailing"),
        each(
            Panel::timeseries("Exported", unit::COUNTS, "Items that the receiver took.").wide(9),
            &|signal| exported(signal, "="),
            "",
        ),
        each(
            Panel::timeseries("Not exported", unit::COUNTS, "Items that were sent and not taken, by reason.")
                .failures()
                .wide(9),
            &|signal| exported(signal, "!="),
            " {{error_type}}",
        ),
        both(
            Panel::timeseries("Queues", unit::RATIO, "Part of the queue of each signal that is taken.").wide(6),
            |signal| {
                let of = |part: &str| {
                    format!("max by (job, instance) (otel_sdk_processor_{signal}_queue_{part}{{SERVICE}})")
                };
                format!("{} / ({} > 0)", of("size"), of("capacity"))
            },
            "",
        ),
        both(
            Panel::timeseries("Dropped", unit::COUNTS, "Items that never left, by reason.").failures().wide(6),
            |signal| {
                rate(
                    "job, error_type",
                    &format!("otel_sdk_processor_{signal}_processed_total{{SERVICE,error_type!=\"\"}}"),
                )
            },
            " {{error_type}}",
        ),
        each(
            Panel::timeseries("Under way", unit::NUMBER, "Items whose export has begun and not ended.").wide(6),
            &|signal| format!("sum by (job) (otel_sdk_exporter_{signal}_inflight{{SERVICE}})"),
            "",
        ),
        Panel::timeseries("Cut", unit::COUNTS, "Spans and log records whose texts were cut to fit into a request.")
            .query(rate("job, otel_component_type", "tachograph_export_truncated_total{SERVICE}"), EXPORTER)
            .wide(8),
        Panel::timeseries(
            "On disk",
            unit::NUMBER,
            "Spans and log records that wait in the spool, where there is one, and what was found there a second.",
        )
        .query("sum by (job, otel_component_type) (tachograph_spool_items{SERVICE})", EXPORTER)
        .query(
            rate("job, otel_component_type", "tachograph_spool_recovered_total{SERVICE}"),
            "{{job}} {{otel_component_type}} found",
        )
        .wide(8),
        Panel::timeseries("Disk of the spool", unit::BYTES, "What it takes, by instance.")
            .query("max by (job, instance) (tachograph_spool_size_bytes{SERVICE})", INSTANCE)
            .wide(8),
        Panel::timeseries(
            "Live spans, new log records",
            unit::NUMBER,
            "Recorded spans that have not ended, and log records a second.",
        )
        .query("sum by (job) (otel_sdk_span_live{SERVICE})", "{{job}} live spans")
        .query(rate("job", "otel_sdk_log_created_total{SERVICE}"), "{{job}} log records a second")
        .wide(6),
    ]
}

fn scrapes() -> Vec<Panel> {
    vec![
        Panel::stat("Targets", unit::NUMBER, "Targets that are scraped, as the heartbeat counts them.")
            .query("count by (job) (up{SERVICE} == 1)", "{{job}}")
            .alert("Heartbeat"),
        Panel::timeseries("Samples of a scrape", unit::NUMBER, "What a scrape has.")
            .query("max by (job, instance) (scrape_samples_scraped{SERVICE})", INSTANCE)
            .alert("ScrapeEmpty")
            .wide(9),
        Panel::timeseries("Time of a scrape", unit::SECONDS, "As Prometheus measures it.")
            .query("max by (job, instance) (scrape_duration_seconds{SERVICE})", INSTANCE)
            .wide(9),
        Panel::stat(
            "Failed scrapes",
            unit::NUMBER,
            "Scrapes that could not be answered, in the time that is looked at.",
        )
        .query(increase("job, instance", "tachograph_scrape_failures_total{SERVICE}"), INSTANCE)
        .bound("TelemetryScrapesFail")
        .failures(),
        Panel::timeseries("Left out", unit::NUMBER, "What the last scrape left out, by reason.")
            .query(
                "max by (job, instance, tachograph_reason) (tachograph_scrape_dropped{SERVICE})",
                "{{job}} {{instance}} {{tachograph_reason}}",
            )
            .bound("TelemetryScrapeIncomplete")
            .wide(9),
        Panel::timeseries("Panics of callbacks", unit::COUNTS, "Of observable instruments. Their metrics are missing.")
            .query(rate("job, instance", "tachograph_metrics_callback_panics_total{SERVICE}"), INSTANCE)
            .bound("TelemetryCallbackPanics")
            .failures()
            .wide(9),
    ]
}

fn metrics_and_logs() -> Vec<Panel> {
    let file = "{{job}} {{log_file_name}}";
    vec![
        Panel::stat("Instruments at their limit", unit::NUMBER, "That got more attribute sets than they may have.")
            .query(
                "max by (job, tachograph_instrument_name) (tachograph_metrics_overflow{SERVICE})",
                "{{job}} {{tachograph_instrument_name}}",
            )
            .bound("TelemetrySeriesOverflow"),
        Panel::timeseries("Lines of log files", unit::COUNTS, "Lines that were written.")
            .query(rate("job, log_file_name", "tachograph_log_written_total{SERVICE}"), file)
            .wide(6),
        Panel::timeseries("Lines that were dropped", unit::COUNTS, "By file and reason.")
            .query(
                rate("job, log_file_name, tachograph_reason", "tachograph_log_dropped_total{SERVICE}"),
                "{{job}} {{log_file_name}} {{tachograph_reason}}",
            )
            .bound("TelemetryLogLinesDropped")
            .failures()
            .wide(6),
        Panel::timeseries(
            "Sentry",
            unit::COUNTS,
            "Events that were sent, and that were dropped by reason. With the cargo feature sentry.",
        )
        .query(rate("job", "tachograph_sentry_sent_total{SERVICE}"), "{{job}} sent")
        .query(
            rate("job, tachograph_reason", "tachograph_sentry_dropped_total{SERVICE}"),
            "{{job}} {{tachograph_reason}}",
        )
        .wide(6),
    ]
}

/// A counter of the Collector for each signal. It ends in `_total` when it was pushed and does not when it was scraped.
fn of_signals(panel: Panel, by: &str, counter: &str) -> Panel {
    [("spans", "traces"), ("metric_points", "metrics"), ("log_records", "logs")].into_iter().fold(
        panel,
        |panel, (items, signal)| {
            let series = format!("{{COLLECTOR,__name__=~\"otelcol_{counter}_{items}(_total)?\"}}");
            panel.query(
                rate(&format!("job, instance, {by}"), &series),
                &format!("{{{{instance}}}} {{{{{by}}}}} {signal}"),
            )
        },
    )
}

fn collector() -> Vec<Panel> {
    let queue = |part: &str| {
        format!("max by (job, instance, exporter, data_type) (otelcol_exporter_queue_{part}{{COLLECTOR}})")
    };
    vec![
        of_signals(
            Panel::timeseries("Accepted", unit::COUNTS, "Items that receivers of the Collector took."),
            "receiver",
            "receiver_accepted",
        ),
        of_signals(
            Panel::timeseries("Refused", unit::COUNTS, "Items that receivers turned away."),
            "receiver",
            "receiver_refused",
        )
        .bound("CollectorRefusesData"),
        of_signals(
            Panel::timeseries("Sent", unit::COUNTS, "Items that exporters delivered."),
            "exporter",
            "exporter_sent",
        ),
        of_signals(
            Panel::timeseries("Not sent", unit::COUNTS, "Items that exporters could not deliver."),
            "exporter",
            "exporter_send_failed",
        )
        .bound("CollectorExportFails"),
        of_signals(
            Panel::timeseries("Lost", unit::COUNTS, "Items that found the queue of an exporter full."),
            "exporter",
            "exporter_enqueue_failed",
        )
        .bound("CollectorLosesData"),
        Panel::timeseries("Queues of exporters", unit::RATIO, "Part that is taken.")
            .query(
                format!("{} / ({} > 0)", queue("size"), queue("capacity")),
                "{{instance}} {{exporter}} {{data_type}}",
            )
            .bound("CollectorQueueNearlyFull"),
        Panel::timeseries("Memory of the Collector", unit::BYTES, "Resident memory.")
            .query(
                "max by (job, instance) ({COLLECTOR,__name__=~\"otelcol_process_memory_rss(_bytes)?\"})",
                "{{instance}}",
            )
            .wide(12),
        Panel::timeseries("Running for", unit::SECONDS, "Since the Collector was started.")
            .query(
                "max by (job, instance) ({COLLECTOR,__name__=~\"otelcol_process_uptime(_seconds)?(_total)?\"})",
                "{{instance}}",
            )
            .wide(12),
    ]
}
