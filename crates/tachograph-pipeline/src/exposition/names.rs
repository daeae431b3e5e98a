//! From OpenTelemetry names and units to Prometheus names.
//!
//! The rules are those of "Prometheus and OpenMetrics Compatibility" in the OpenTelemetry specification.

use super::format::{Escaping, NameTranslation};
use super::points::Kind;

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

/// The name of a family.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FamilyName {
    /// As its series are named, the lines of histograms apart.
    pub(super) name: String,
    /// The words of its unit, if the name ends in them; a `_total` does not count.
    pub(super) unit: Option<String>,
}

/// The name of an instrument's family: cleaned where it has to be, with the unit once and, for counters, `_total` once.
pub(super) fn family_name(
    name: &str,
    unit: &str,
    kind: Kind,
    translation: NameTranslation,
    escaping: Escaping,
) -> FamilyName {
    let mut family = match escaping {
        Escaping::Underscores => clean(name, |c| c.is_ascii_alphanumeric() || c == ':'),
        Escaping::Utf8 if name.is_empty() => "_".to_owned(),
        Escaping::Utf8 => name.to_owned(),
    };
    let unit = unit_suffix(unit);
    let has_total = kind == Kind::Counter && family.ends_with("_total");
    if kind == Kind::Counter && (translation.has_suffixes() || has_total) {
        family.truncate(family.strip_suffix("_total").map_or(family.len(), str::len));
    }
    if translation.has_suffixes() && !unit.is_empty() && !ends_with_word(&family, &unit) {
        family.push('_');
        family.push_str(&unit);
    }
    // A name that is nothing but its unit does not end in one: OpenMetrics wants something before it.
    let unit = Some(unit).filter(|unit| !unit.is_empty() && family != *unit && ends_with_word(&family, unit));
    if kind == Kind::Counter && (translation.has_suffixes() || has_total) {
        family.push_str("_total");
    }
    FamilyName { name: family, unit }
}

/// A label name, as it is written before the `=`.
///
/// With underscores it has letters, digits and single underscores, and does not begin with a digit. `le` and `quantile` belong to
/// histograms and summaries, `otel_scope_…` to the instrumentation scope, `__…` to Prometheus: an attribute of such a name gets the
/// prefix `exported_`, the one that Prometheus itself uses for labels that are taken.
pub(super) fn label_name(key: &str, escaping: Escaping) -> String {
    let label = match escaping {
        Escaping::Underscores => clean(key, |c| c.is_ascii_alphanumeric()),
        Escaping::Utf8 if key.is_empty() => "_".to_owned(),
        Escaping::Utf8 => key.to_owned(),
    };
    let is_taken = matches!(label.as_str(), "le" | "quantile")
        || ["otel_scope_", "otel.scope.", "__"].iter().any(|prefix| label.starts_with(prefix));
    quoted(if is_taken { format!("exported_{label}") } else { label }, |c| c.is_ascii_alphanumeric() || c == '_')
}

/// The name of a label that tells of the instrumentation scope.
pub(super) fn scope_label(key: &str, escaping: Escaping) -> String {
    match escaping {
        Escaping::Underscores => {
            format!("otel_scope_{}", clean(key, |c| c.is_ascii_alphanumeric()).trim_start_matches('_'))
        }
        Escaping::Utf8 => quoted(format!("otel_scope_{key}"), |c| c.is_ascii_alphanumeric() || c == '_'),
    }
}

/// A metric name as it is written: in quotes where it has more than letters, digits, underscores and colons.
pub(super) fn written(name: &str) -> String {
    quoted(name.to_owned(), |c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

fn quoted(name: String, plain: impl Fn(char) -> bool) -> String {
    if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(plain) {
        return name;
    }
    let mut text = String::with_capacity(name.len() + 2);
    text.push('"');
    escape(&name, &mut text);
    text.push('"');
    text
}

/// Appends what stands between quotes.
pub(super) fn escape(value: &str, text: &mut String) {
    let mut rest = value;
    // Most values have nothing to escape: they are found so at the speed of the search.
    while let Some(at) = rest.find(['\\', '"', '\n']) {
        let (plain, special) = rest.split_at(at);
        text.push_str(plain);
        let mut special = special.chars();
        text.push_str(match special.next() {
            Some('\n') => "\\n",
            Some('"') => "\\\"",
            _ => "\\\\",
        });
        rest = special.as_str();
    }
    text.push_str(rest);
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

    fn family_name(name: &str, unit: &str, kind: Kind) -> String {
        super::family_name(name, unit, kind, NameTranslation::default(), Escaping::Underscores).name
    }

    fn label_name(key: &str) -> String {
        super::label_name(key, Escaping::Underscores)
    }

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
        assert_eq!(super::label_name("__name__", Escaping::Utf8), "exported___name__");
        assert_eq!(label_name("otel.scope.name"), "exported_otel_scope_name");
        assert_eq!(label_name("1digit"), "_1digit");
        assert_eq!(label_name(""), "_");
        assert_eq!(label_name("a:b"), "a_b");
    }

    #[test]
    fn translations_differ_in_suffixes_and_in_what_a_name_may_have() {
        use NameTranslation as T;
        let cases = [
            (T::UnderscoreEscapingWithSuffixes, ["a_b_seconds_total", "a_b_seconds_total"]),
            (T::UnderscoreEscapingWithoutSuffixes, ["a_b", "a_b"]),
            (T::NoUtf8EscapingWithSuffixes, ["a_b_seconds_total", "a.b_seconds_total"]),
            (T::NoTranslation, ["a_b", "a.b"]),
        ];
        for (translation, expected) in cases {
            let escapings =
                [Escaping::Underscores, if translation.has_utf8() { Escaping::Utf8 } else { Escaping::Underscores }];
            let names = escapings.map(|it| super::family_name("a.b", "s", Kind::Counter, translation, it).name);
            assert_eq!(names, expected, "{translation:?}");
        }
        let named = super::family_name("a_total", "s", Kind::Counter, T::NoTranslation, Escaping::Utf8);
        assert_eq!((named.name.as_str(), named.unit), ("a_total", None));
        let named = super::family_name("a.seconds", "s", Kind::Gauge, T::NoTranslation, Escaping::Underscores);
        assert_eq!((named.name.as_str(), named.unit.as_deref()), ("a_seconds", Some("seconds")));
    }

    #[test]
    fn utf8_names_are_quoted_where_they_must_be() {
        assert_eq!(written("http.requests"), "\"http.requests\"");
        assert_eq!(written("job:rate"), "job:rate");
        assert_eq!(written("1\"a\\"), "\"1\\\"a\\\\\"");
        assert_eq!(super::label_name("http.route", Escaping::Utf8), "\"http.route\"");
        assert_eq!(super::label_name("größe", Escaping::Utf8), "\"größe\"");
        assert_eq!(super::label_name("plain", Escaping::Utf8), "plain");
        assert_eq!(super::label_name("le", Escaping::Utf8), "exported_le");
        assert_eq!(scope_label("a.b", Escaping::Utf8), "\"otel_scope_a.b\"");
    }

    #[test]
    fn text_between_quotes_is_escaped() {
        let mut text = String::new();
        escape("a\"b\\c\nd\\\\é", &mut text);
        assert_eq!(text, "a\\\"b\\\\c\\nd\\\\\\\\é");
    }
}
