//! The lines of a scrape as numbers, read without the code that wrote them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// One number with its name and labels. The result of a computation has no name.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The name of the series.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its number.
    pub value: f64,
}

impl Sample {
    /// Whether it has all these labels, and perhaps others.
    pub fn has(&self, labels: &[(&str, &str)]) -> bool {
        labels.iter().all(|(name, value)| self.labels.get(*name).is_some_and(|found| found == value))
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?} {}", self.name, self.labels, self.value)
    }
}

/// A whole scrape.
#[derive(Clone, Debug)]
pub struct Samples(pub Vec<Sample>);

impl Samples {
    /// Reads Prometheus text 0.0.4.
    ///
    /// Panics on a line that it does not understand, and on a series that stands there twice: Prometheus would keep one of the two
    /// without a word.
    pub fn parse(text: &str) -> Self {
        let mut seen = BTreeSet::new();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let read = |line| {
            let sample = sample(line).unwrap_or_else(|| panic!("no sample: {line}"));
            assert!(seen.insert((sample.name.clone(), sample.labels.clone())), "the same series again: {line}");
            sample
        };
        Self(lines.map(read).collect())
    }

    /// The sum over all series of that name which have these labels; `None` without any.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let values: Vec<f64> =
            self.named(name).filter(|sample| sample.has(labels)).map(|sample| sample.value).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    /// The series of that name, with their numbers by the values of these labels, joined by blanks. Labels not named are summed over.
    pub fn by(&self, name: &str, labels: &[&str]) -> BTreeMap<String, f64> {
        let mut sums = BTreeMap::new();
        for sample in self.named(name) {
            let values: Vec<&str> =
                labels.iter().map(|label| sample.labels.get(*label).map_or("", String::as_str)).collect();
            *sums.entry(values.join(" ")).or_default() += sample.value;
        }
        sums
    }

    /// All series of that name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Sample> {
        self.0.iter().filter(move |sample| sample.name == name)
    }
}

fn sample(line: &str) -> Option<Sample> {
    let end_of_name = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end_of_name);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Labels::new(), rest),
    };
    // Rust reads `+Inf` and `NaN` as Prometheus writes them.
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some(Sample { name: name.to_owned(), labels, value })
}

/// The labels up to the closing brace, and what follows it.
fn labels(mut rest: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let (value, after) = unquoted(quoted)?;
        // A label that stands there twice is no valid line.
        if labels.insert(name.to_owned(), value).is_some() {
            return None;
        }
        rest = after;
    }
}

/// The text up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                c @ ('\\' | '"') => value.push(c),
                _ => return None,
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_escaped_labels_and_timestamps() {
        let text = "# HELP a text\n# TYPE a counter\na{x=\"1\",y=\"a\\\"b\\\\c\\nd} e\"} 2 1700000000\na 3\nb{} +Inf\n";
        let samples = Samples::parse(text);
        assert_eq!(samples.0.len(), 3);
        assert_eq!(samples.0[0].labels["y"], "a\"b\\c\nd} e");
        assert_eq!(samples.sum("a", &[]), Some(5.0));
        assert_eq!(samples.sum("a", &[("x", "1")]), Some(2.0));
        assert_eq!(samples.sum("a", &[("x", "2")]), None);
        assert_eq!(samples.by("a", &["x"]), BTreeMap::from([(String::new(), 3.0), ("1".to_owned(), 2.0)]));
        assert_eq!(samples.sum("b", &[]), Some(f64::INFINITY));
    }

    #[test]
    #[should_panic(expected = "the same series again: a{y=\"2\",x=\"1\"} 4")]
    fn a_series_that_stands_twice_is_refused() {
        Samples::parse("a{x=\"1\",y=\"2\"} 3\na{y=\"2\",x=\"1\"} 4\n");
    }

    #[test]
    #[should_panic(expected = "no sample: a{x=\"1\",x=\"2\"} 3")]
    fn a_label_that_stands_twice_is_refused() {
        Samples::parse("a{x=\"1\",x=\"2\"} 3\n");
    }
}
