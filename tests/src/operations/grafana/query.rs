//! Expressions in PromQL, and how the usual ones are put together.
//!
//! Words in capitals stand for matchers: `SERVICE` for those of a series that is scraped, `JOB` for those of a recorded one, which knows
//! no instances, `COLLECTOR` for those of the Collector about itself, and `FAILED` for what went wrong.

/// What words in capitals stand for. A call that its caller gave up has not failed.
const WORDS: [(&str, &str); 4] = [
    ("SERVICE", "job=~\"$job\",instance=~\"$instance\""),
    ("JOB", "job=~\"$job\""),
    ("COLLECTOR", "job=~\"$collector\""),
    ("FAILED", "error_type!=\"\",error_type!=\"cancelled\""),
];

/// One expression, and what its series are called.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    expr: String,
    legend: String,
}

impl Query {
    /// With words in capitals in the expression, and `{{label}}` in the legend.
    pub fn new(expr: impl Into<String>, legend: &str) -> Self {
        Self { expr: expr.into(), legend: legend.to_owned() }
    }

    /// The expression, as Grafana takes it.
    pub fn expr(&self) -> String {
        expand(&self.expr)
    }

    /// What its series are called.
    pub fn legend(&self) -> &str {
        &self.legend
    }

    /// Whether its series are those of a service.
    pub fn is_of_service(&self) -> bool {
        self.expr.contains("{SERVICE") || self.expr.contains("{JOB")
    }
}

/// The text with matchers for words in capitals.
pub fn expand(text: &str) -> String {
    WORDS.into_iter().fold(text.to_owned(), |text, (word, matchers)| text.replace(word, matchers))
}

/// A counter by labels, per second.
pub fn rate(by: &str, counter: &str) -> String {
    format!("sum by ({by}) (rate({counter}[$__rate_interval]))")
}

/// What a counter gained in the time that is looked at.
pub fn increase(by: &str, counter: &str) -> String {
    format!("sum by ({by}) (increase({counter}[$__range]))")
}

/// A percentile of a histogram by labels; `name` is that of the histogram, with matchers.
pub fn quantile(percent: u8, by: &str, name: &str) -> String {
    let buckets = name.replacen('{', "_bucket{", 1);
    format!("histogram_quantile(0.{percent:02}, {})", rate(&format!("{by}, le"), &buckets))
}

/// The mean of a histogram by labels.
pub fn mean(by: &str, name: &str) -> String {
    let of = |suffix: &str| rate(by, &name.replacen('{', &format!("_{suffix}{{"), 1));
    format!("{} / ({} > 0)", of("sum"), of("count"))
}

/// A part of a whole. Nothing is 0 of it, and where there is no whole there is no ratio.
pub fn ratio(part: &str, whole: &str) -> String {
    format!("({part} or 0 * {whole}) / ({whole} > 0)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_capitals_are_matchers() {
        let query = Query::new(rate("job", "a_total{SERVICE,FAILED}"), "{{job}}");
        let matchers = "job=~\"$job\",instance=~\"$instance\",error_type!=\"\",error_type!=\"cancelled\"";
        assert_eq!(query.expr(), format!("sum by (job) (rate(a_total{{{matchers}}}[$__rate_interval]))"));
    }

    #[test]
    fn parts_of_a_histogram_have_its_matchers() {
        assert_eq!(
            quantile(5, "job", "a{JOB}"),
            "histogram_quantile(0.05, sum by (job, le) (rate(a_bucket{JOB}[$__rate_interval])))"
        );
        assert_eq!(
            mean("job", "a{JOB}"),
            "sum by (job) (rate(a_sum{JOB}[$__rate_interval])) / (sum by (job) (rate(a_count{JOB}[$__rate_interval])) > 0)"
        );
    }
}
