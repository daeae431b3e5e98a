//! From OpenTelemetry names and units to Prometheus names.
//!
//! The rules are those of "Prometheus and OpenMetrics Compatibility" in the OpenTelemetry specification, translation strategy
//! `UnderscoreEscapingWithSuffixes`.

use super::family::Kind;

/// UCUM units and the words Prometheus uses for them. Others are kept as they are, cleaned.
const UNITS: &[(&str, &str)] = &[
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tibibytes"),
    ("kBy", "kilobytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
    ("%", "percent"),
    ("1", ""),
];

/// The singular words that follow `per`.
const PER: &[(&str, &str)] = &[
    ("s", "second"),
    ("m", "minute"),
    ("min", "minute"),
    ("h", "hour"),
    ("d", "day"),
    ("w", "week"),
    ("mo", "month"),
    ("y", "year"),
];

/// The family name: cleaned, with the unit once and, for counters, `_total` once.
pub(crate) fn family_name(name: &str, unit: &str, kind: Kind) -> String {
    let mut family = metric_name(name);
    if kind == Kind::Counter
        && let Some(stem) = family.strip_suffix("_total")
    {
        family.truncate(stem.len());
    }
    let unit = unit_suffix(unit);
    if !unit.is_empty() && !ends_with_word(&family, &unit) {
        family.push('_');
        family.push_str(&unit);
    }
    if kind == Kind::Counter {
        family.push_str("_total");
    }
    family
}

/// A label name: letters, digits and single underscores, not beginning with a digit.
///
/// `le` and `quantile` belong to histograms and summaries, `otel_scope_…` to the instrumentation scope: an attribute of such a name
/// gets the prefix `exported_`, the one that Prometheus itself uses for labels that are taken. Names in `__…`, which Prometheus
/// keeps for itself, cannot arise, because runs of underscores become one.
pub(crate) fn label_name(key: &str) -> String {
    let label = clean(key, |c| c.is_ascii_alphanumeric());
    if matches!(label.as_str(), "le" | "quantile") || label.starts_with("otel_scope_") {
        return format!("exported_{label}");
    }
    label
}

fn metric_name(name: &str) -> String {
    clean(name, |c| c.is_ascii_alphanumeric() || c == ':')
}

/// Replaces what is not allowed by `_`, joins runs of `_`, and puts one before a leading digit or into an empty name.
fn clean(name: &str, allowed: impl Fn(char) -> bool) -> String {
    let mut cleaned = String::with_capacity(name.len() + 1);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        cleaned.push('_');
    }
    for c in name.chars() {
        if allowed(c) {
            cleaned.push(c);
        } else if !cleaned.ends_with('_') {
            cleaned.push('_');
        }
    }
    cleaned
}

/// The words for a unit: annotations in braces dropped, `x/y` as `x_per_y`.
fn unit_suffix(unit: &str) -> String {
    let unit = without_annotations(unit);
    let (numerator, denominator) = match unit.split_once('/') {
        Some((numerator, denominator)) => (numerator, Some(denominator)),
        None => (unit.as_str(), None),
    };
    let mut suffix = word(UNITS, numerator);
    if let Some(denominator) = denominator {
        let per = word(PER, denominator);
        if !per.is_empty() {
            let separator = if suffix.is_empty() { "per_" } else { "_per_" };
            suffix.push_str(separator);
            suffix.push_str(&per);
        }
    }
    suffix
}

fn without_annotations(unit: &str) -> String {
    let mut depth = 0_usize;
    let outside = unit.chars().filter(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    });
    outside.collect::<String>().trim().to_owned()
}

fn word(table: &[(&str, &str)], unit: &str) -> String {
    let unit = unit.trim();
    match table.iter().find(|(symbol, _)| *symbol == unit) {
        Some((_, word)) => (*word).to_owned(),
        None if unit.is_empty() => String::new(),
        None => clean(unit, |c| c.is_ascii_alphanumeric()).trim_matches('_').to_owned(),
    }
}

fn ends_with_word(name: &str, word: &str) -> bool {
    match name.strip_suffix(word) {
        Some(rest) => rest.is_empty() || rest.ends_with('_'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventional_names_translate_as_the_specification_says() {
        let cases = [
            ("gen_ai.client.operation.duration", "s", Kind::Histogram, "gen_ai_client_operation_duration_seconds"),
            ("gen_ai.client.token.usage", "{token}", Kind::Histogram, "gen_ai_client_token_usage"),
            ("http.server.active_requests", "{request}", Kind::Gauge, "http_server_active_requests"),
            ("db.client.connection.timeouts", "{timeout}", Kind::Counter, "db_client_connection_timeouts_total"),
            ("process.cpu.time", "s", Kind::Counter, "process_cpu_time_seconds_total"),
            ("process.memory.usage", "By", Kind::Gauge, "process_memory_usage_bytes"),
            ("process.cpu.utilization", "1", Kind::Gauge, "process_cpu_utilization"),
            ("otel.sdk.span.started", "{span}", Kind::Counter, "otel_sdk_span_started_total"),
            ("tachograph.llm.cost", "USD", Kind::Counter, "tachograph_llm_cost_USD_total"),
        ];
        for (name, unit, kind, family) in cases {
            assert_eq!(family_name(name, unit, kind), family);
        }
    }

    #[test]
    fn suffixes_are_added_once() {
        assert_eq!(family_name("requests_total", "", Kind::Counter), "requests_total");
        assert_eq!(family_name("duration_seconds", "s", Kind::Histogram), "duration_seconds");
        assert_eq!(family_name("busy_seconds_total", "s", Kind::Counter), "busy_seconds_total");
        assert_eq!(family_name("seconds", "s", Kind::Gauge), "seconds");
        assert_eq!(family_name("milliseconds", "s", Kind::Gauge), "milliseconds_seconds");
    }

    #[test]
    fn total_stays_on_gauges_whose_author_named_them_so() {
        assert_eq!(family_name("memory.total", "By", Kind::Gauge), "memory_total_bytes");
    }

    #[test]
    fn composed_units_read_as_per() {
        assert_eq!(family_name("io", "By/s", Kind::Gauge), "io_bytes_per_second");
        assert_eq!(family_name("rate", "{request}/s", Kind::Gauge), "rate_per_second");
        assert_eq!(family_name("rate", "1/min", Kind::Gauge), "rate_per_minute");
        assert_eq!(family_name("odd", "foo/bar", Kind::Gauge), "odd_foo_per_bar");
        assert_eq!(family_name("odd", "/", Kind::Gauge), "odd");
        assert_eq!(family_name("odd", "{a}{b}", Kind::Gauge), "odd");
    }

    #[test]
    fn odd_names_become_valid() {
        assert_eq!(family_name("2xx.größe", "", Kind::Gauge), "_2xx_gr_e");
        assert_eq!(family_name("a..b", "", Kind::Gauge), "a_b");
        assert_eq!(family_name("", "", Kind::Gauge), "_");
        assert_eq!(family_name("job:rate", "", Kind::Gauge), "job:rate");
    }

    #[test]
    fn reserved_labels_are_renamed() {
        assert_eq!(label_name("le"), "exported_le");
        assert_eq!(label_name("quantile"), "exported_quantile");
        assert_eq!(label_name("__name__"), "_name_");
        assert_eq!(label_name("otel.scope.name"), "exported_otel_scope_name");
        assert_eq!(label_name("1digit"), "_1digit");
        assert_eq!(label_name(""), "_");
        assert_eq!(label_name("a:b"), "a_b");
    }
}
