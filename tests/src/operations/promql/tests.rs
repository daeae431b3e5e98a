use super::*;

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn metrics(expression: &str) -> BTreeSet<String> {
    Names::of(expression).selectors.into_iter().map(|selector| selector.name).collect()
}

#[test]
fn functions_keywords_numbers_and_labels_are_no_metrics() {
    let expression =
        "sum by (job, le) (rate(a_total{x=\"1\"}[5m] offset 1h)) / on (job) group_left () b > 1e3 and c:d unless 5m";
    assert_eq!(metrics(expression), set(&["a_total", "b", "c:d"]));
    assert_eq!(Names::of(expression).grouped, set(&["job", "le"]));
}

#[test]
fn a_metric_before_a_join_is_a_metric() {
    assert_eq!(metrics("a and on (job) b"), set(&["a", "b"]));
    assert_eq!(metrics("count by (job) (a) unless b"), set(&["a", "b"]));
    assert_eq!(metrics("sum(a) by (job)"), set(&["a"]));
}

#[test]
fn matchers_are_told_with_what_they_want() {
    let names = Names::of("a{x=\"}\\\"\", y!~\"b|c\",z=\"\"}");
    let matched = [("x", Some("}\"")), ("y", None), ("z", None)];
    let matched = matched.map(|(label, value)| (label.to_owned(), value.map(str::to_owned)));
    let expected = Selector { name: "a".to_owned(), is_pattern: false, matched: matched.into() };
    assert_eq!(names.selectors, [expected].into());
}

#[test]
fn a_name_may_be_a_pattern_or_missing() {
    let names = Names::of(
        "label_replace(sum by (x) (rate({__name__=~\"a(_total)?\",__name__!~\"b\"}[5m])), \"made\", \"b\", \"\", \"\") + count({job!=\"\"})",
    );
    let patterns: Vec<_> =
        names.selectors.iter().map(|selector| (selector.name.as_str(), selector.is_pattern)).collect();
    assert_eq!(patterns, [("", false), ("a(_total)?", true)]);
    assert_eq!((names.grouped, names.made), (set(&["x"]), set(&["made"])));
}
