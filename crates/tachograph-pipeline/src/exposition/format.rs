//! In which of the formats of Prometheus metrics are written.

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Format {
    /// `text/plain; version=0.0.4`.
    #[default]
    Text,
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

/// How names are written that are more than letters, digits and underscores. It matters only under a [`NameTranslation`] that lets
/// such names through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Escaping {
    /// With underscores in place of what is not allowed.
    #[default]
    Underscores,
    /// As they are, in quotes where needed.
    Utf8,
}

/// What one scrape is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Form {
    pub(crate) format: Format,
    pub(crate) escaping: Escaping,
}

/// How names of OpenTelemetry become names of Prometheus; see the specification's "Prometheus and OpenMetrics Compatibility".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum NameTranslation {
    /// `http.server.request.duration` in seconds is `http_server_request_duration_seconds`; a counter ends in `_total`.
    #[default]
    UnderscoreEscapingWithSuffixes,
    /// `http.server.request.duration` is `http_server_request_duration`, a counter keeps its name.
    UnderscoreEscapingWithoutSuffixes,
    /// `http.server.request.duration_seconds` for a scraper that asks for UTF-8 names (`escaping=allow-utf-8`), as Prometheus 3 does;
    /// for others the same as the default.
    NoUtf8EscapingWithSuffixes,
    /// `http.server.request.duration` for a scraper that asks for UTF-8 names; for others with underscores.
    NoTranslation,
}

impl NameTranslation {
    /// Whether names get their unit and `_total`.
    pub(crate) fn has_suffixes(self) -> bool {
        matches!(self, Self::UnderscoreEscapingWithSuffixes | Self::NoUtf8EscapingWithSuffixes)
    }

    /// Whether names may be more than letters, digits and underscores.
    pub(crate) fn has_utf8(self) -> bool {
        matches!(self, Self::NoUtf8EscapingWithSuffixes | Self::NoTranslation)
    }
}
