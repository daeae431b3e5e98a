//! Where we mean to do otherwise than `opentelemetry-prometheus`.

/// A deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    CleanName,
    SuffixOnce,
    NoRatio,
    UnitInWords,
    CleanLabel,
    ReservedLabel,
    CleanScopeLabel,
    NoEmptyLabel,
    TargetHelp,
    TargetAlways,
    TargetFirst,
    OneType,
    LinesOfHistograms,
    HelpAlways,
    FixedHelp,
    NoNegativeCounter,
    SeriesOnce,
}

/// All of them, with what we do and why.
pub(super) const RULES: &[(Rule, &str)] = &[
    (
        Rule::CleanName,
        "Names have ASCII letters, digits, colons and single underscores; the other lets Unicode letters and runs through.",
    ),
    (
        Rule::SuffixOnce,
        "A unit or `_total` that ends a name already is not added again; the other says `_total_total`.",
    ),
    (Rule::NoRatio, "Unit `1` adds nothing; the other adds `_ratio`, which the specification has given up."),
    (
        Rule::UnitInWords,
        "Every unit becomes a suffix, other ones than those of the table as they are; the other drops those and mistakes some.",
    ),
    (
        Rule::CleanLabel,
        "Labels have no colon, no digit first, no runs of underscores and are not empty: Prometheus refuses the scrape.",
    ),
    (
        Rule::ReservedLabel,
        "Attributes called `le`, `quantile` or `otel_scope_…` get a prefix; the other writes `le` twice and joins scopes.",
    ),
    (Rule::CleanScopeLabel, "The same for the attributes of scopes."),
    (Rule::NoEmptyLabel, "A label without a value is left out, which is the same to Prometheus."),
    (Rule::TargetHelp, "The help of `target_info` says what it is."),
    (Rule::TargetAlways, "`target_info` is there for a resource without attributes as well."),
    (Rule::TargetFirst, "An instrument called `target_info` gives way to the resource; the other mixes them."),
    (
        Rule::OneType,
        "Of two types for one name the first by name of scope and instrument stays; of the other's a hash map decides.",
    ),
    (Rule::LinesOfHistograms, "A family named like a line of a histogram gives way; the other lets both stand."),
    (Rule::HelpAlways, "A family without a description says where it comes from: tools complain otherwise."),
    (
        Rule::FixedHelp,
        "Of two descriptions that of the first instrument in order stays; of the other's a hash map decides.",
    ),
    (Rule::NoNegativeCounter, "A counter below zero is left out: no reader takes it."),
    (
        Rule::SeriesOnce,
        "Series whose labels become equal are added, or the largest gauge stays; the other writes both.",
    ),
];
