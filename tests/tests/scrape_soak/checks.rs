//! What must hold in every scrape, and from each to the next of the same scraper.

use std::collections::HashMap;

/// What a classic counter says, and what it is made from: both count the same calls in the same scrape.
const SAME: [(&str, &str); 7] = [
    ("agent_executions_total", "gen_ai_invoke_agent_duration_seconds_count"),
    ("agent_execution_duration_seconds_count", "gen_ai_invoke_agent_duration_seconds_count"),
    ("llm_requests_total", "gen_ai_client_operation_duration_seconds_count"),
    ("llm_tokens_used_total", "gen_ai_client_token_usage_sum"),
    ("tool_executions_total", "gen_ai_execute_tool_duration_seconds_count"),
    ("http_requests_total", "http_server_request_duration_seconds_count"),
    ("http_request_duration_seconds_count", "http_server_request_duration_seconds_count"),
];

/// One scrape, line by line: name with labels, and number.
pub(crate) struct Scrape<'a>(Vec<(&'a str, f64)>);

impl<'a> Scrape<'a> {
    /// Reads either format.
    pub(crate) fn parse(text: &'a str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        // No label here has a blank in it, and there are no timestamps.
        let sample = |line: &'a str| {
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
            (series, value.parse().unwrap_or_else(|_| panic!("no number: {line}")))
        };
        Self(lines.map(sample).collect())
    }

    /// The sum over all series of that name.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let named =
            |series: &str| series.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('{'));
        self.0.iter().filter(|(series, _)| named(series)).map(|(_, value)| value).sum()
    }

    /// Buckets are cumulative, and the last one holds what `_count` says.
    pub(crate) fn assert_histograms_agree(&self) {
        let mut last: Option<(&str, f64)> = None;
        for (series, value) in &self.0 {
            let name = series.split('{').next().unwrap_or_default();
            if let Some(family) = name.strip_suffix("_bucket") {
                let (labels, bound) = series.rsplit_once("le=\"").expect("a bucket has a bound");
                if let Some((before, count)) = last
                    && before == labels
                {
                    assert!(count <= *value, "{series} {value} is less than the bucket below, {count}");
                }
                last = (!bound.starts_with('+')).then_some((labels, *value));
                if bound.starts_with('+') {
                    let count = format!("{family}_count{}", closed(&labels[name.len()..]));
                    let counted = self.0.iter().find(|(other, _)| *other == count);
                    assert_eq!(counted.map(|(_, count)| *count), Some(*value), "{series} and {count}");
                }
            }
        }
    }

    /// Classic counters say what their sources say.
    pub(crate) fn assert_names_agree(&self) {
        for (classic, source) in SAME {
            assert_eq!(self.sum(classic), self.sum(source), "{classic} and {source} in one scrape");
        }
    }
}

/// The labels without the bound, which came last: `{a="1",` and `{` in front of it.
fn closed(labels: &str) -> String {
    match labels.trim_end_matches(',') {
        "{" => String::new(),
        labels => format!("{labels}}}"),
    }
}

/// What one scraper saw last.
#[derive(Default)]
pub(crate) struct Scraper {
    seen: HashMap<String, f64>,
}

impl Scraper {
    /// Takes the next scrape; a number that only grows must not have shrunk.
    pub(crate) fn take(&mut self, text: &str) {
        let scrape = Scrape::parse(text);
        scrape.assert_histograms_agree();
        scrape.assert_names_agree();
        for (series, value) in &scrape.0 {
            let name = series.split('{').next().unwrap_or_default();
            if !["_total", "_bucket", "_count", "_sum"].iter().any(|end| name.ends_with(end)) {
                continue;
            }
            match self.seen.get_mut(*series) {
                Some(seen) => {
                    assert!(*seen <= *value, "{series} went from {seen} to {value}");
                    *seen = *value;
                }
                None => {
                    self.seen.insert((*series).to_owned(), *value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# TYPE a histogram\na_bucket{x=\"1\",le=\"1.0\"} 2\na_bucket{x=\"1\",le=\"+Inf\"} 3\n\
                        a_sum{x=\"1\"} 9\na_count{x=\"1\"} 3\nb_bucket{le=\"+Inf\"} 0\nb_count 0\nc_total 4\n";

    /// Two scrapes of one scraper, the second with `from` replaced by `to`.
    fn changed(from: &str, to: &str) {
        let mut scraper = Scraper::default();
        scraper.take(GOOD);
        assert!(GOOD.contains(from));
        scraper.take(&GOOD.replace(from, to));
    }

    #[test]
    fn what_holds_is_accepted() {
        changed("c_total 4", "c_total 5");
    }

    #[test]
    #[should_panic(expected = "c_total went from 4 to 3")]
    fn a_counter_that_shrinks_is_seen() {
        changed("c_total 4", "c_total 3");
    }

    #[test]
    #[should_panic(expected = "is less than the bucket below")]
    fn buckets_that_are_not_cumulative_are_seen() {
        changed("\"1.0\"} 2", "\"1.0\"} 4");
    }

    #[test]
    #[should_panic(expected = "and a_count{x=\"1\"}")]
    fn a_count_that_is_not_that_of_the_buckets_is_seen() {
        changed("a_count{x=\"1\"} 3", "a_count{x=\"1\"} 4");
    }

    #[test]
    #[should_panic(expected = "and b_count")]
    fn a_missing_count_is_seen() {
        changed("b_count 0\n", "");
    }

    #[test]
    #[should_panic(expected = "http_requests_total and http_server_request_duration_seconds_count")]
    fn classic_counters_that_say_something_else_are_seen() {
        Scrape::parse("http_requests_total 1\nhttp_server_request_duration_seconds_count{a=\"1\"} 2\n")
            .assert_names_agree();
    }
}
