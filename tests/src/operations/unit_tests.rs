//! What the unit tests of the rules cover. promtool runs them; here is counted whether each alert has what it needs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{files, yaml};

/// The kinds of tests that an alert has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kinds {
    /// It is expected somewhere.
    pub fires: bool,
    /// It is not expected, in the same series, before that.
    pub begins: bool,
    /// It is not expected, in the same series, after that.
    pub resolves: bool,
    /// It is expected nowhere in a test of its own, whose series come close.
    pub silent: bool,
}

impl Kinds {
    /// All of them.
    pub const ALL: Self = Self { fires: true, begins: true, resolves: true, silent: true };
}

/// The kinds of tests by alert.
pub fn kinds() -> BTreeMap<String, Kinds> {
    let mut kinds = BTreeMap::new();
    for test in files("prometheus/tests", "yaml").iter().flat_map(|file| array(&yaml(file)["tests"])) {
        let mut by_alert = BTreeMap::<String, Vec<bool>>::new();
        // In the order of time, as they are written and as promtool demands nothing else.
        let mut last = 0;
        for check in array(&test["alert_rule_test"]) {
            let time = seconds(check["eval_time"].as_str().unwrap_or_default());
            assert!(time >= last, "{}: times are out of order", test["name"]);
            last = time;
            let name = check["alertname"].as_str().expect("a check names its alert").to_owned();
            by_alert.entry(name).or_default().push(!array(&check["exp_alerts"]).is_empty());
        }
        let has_series = !array(&test["input_series"]).is_empty();
        for (name, expected) in by_alert {
            let kinds: &mut Kinds = kinds.entry(name).or_default();
            match expected.iter().position(|fires| *fires) {
                Some(first) => {
                    kinds.fires = true;
                    kinds.begins |= first > 0;
                    kinds.resolves |= expected.last() == Some(&false);
                }
                None => kinds.silent |= has_series,
            }
        }
    }
    kinds
}

fn array(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// A duration as promtool writes it: `1h30m`.
fn seconds(duration: &str) -> u64 {
    let mut total = 0;
    let mut number = 0;
    for c in duration.chars() {
        let unit = match c {
            '0'..='9' => {
                number = number * 10 + u64::from(c.to_digit(10).unwrap_or_default());
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => panic!("no duration: {duration}"),
        };
        total += number * unit;
        number = 0;
    }
    assert!(number == 0 && total > 0, "no duration: {duration}");
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_sums() {
        assert_eq!((seconds("1h30m"), seconds("45s"), seconds("2d")), (5_400, 45, 172_800));
    }
}
