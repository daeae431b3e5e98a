//! The numbers of alerts as lines and colours of panels.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::operations::rules::{Alert, alerts};

const FINE: &str = "green";

/// From which number on an alert fires, and on which side of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Whether it fires above the number, or below it.
    pub above: bool,
    /// The number.
    pub number: f64,
}

/// The first comparison of an expression that is in no parentheses, where it is one with a number.
pub fn bound(expr: &str) -> Option<Bound> {
    let mut depth = 0;
    let mut quoted = false;
    let at = expr.char_indices().find_map(|(at, c)| {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth -= 1,
            '<' | '>' if depth == 0 => return Some(at),
            _ => {}
        }
        None
    })?;
    let (comparison, rest) = expr[at..].split_at(1);
    let mut words = rest.trim_start_matches('=').split_whitespace();
    let mut number = words.next()?.parse().ok()?;
    while words.next() == Some("*") {
        number *= words.next()?.parse::<f64>().ok()?;
    }
    Some(Bound { above: comparison == ">", number })
}

/// The alert of that name, which has to be there.
pub fn alert(name: &str) -> &'static Alert {
    static ALERTS: LazyLock<Vec<Alert>> = LazyLock::new(alerts);
    ALERTS.iter().find(|alert| alert.name == name).unwrap_or_else(|| panic!("there is no alert {name}"))
}

fn colour(alert: &Alert) -> &'static str {
    match alert.labels.get("severity").map(String::as_str) {
        Some("critical") => "red",
        Some("warning") => "orange",
        _ => "blue",
    }
}

/// Colours of a panel, from the least number to the greatest, for alerts and where each of them begins.
pub fn steps(bounds: &[(String, Bound)]) -> Value {
    let mut bounds: Vec<_> = bounds.iter().map(|(name, bound)| (bound, colour(alert(name)))).collect();
    bounds.sort_by(|(one, _), (other, _)| one.number.total_cmp(&other.number));
    let mut colours: Vec<_> = bounds.iter().map(|(_, colour)| *colour).collect();
    let above = bounds.first().is_none_or(|(bound, _)| bound.above);
    assert!(bounds.iter().all(|(bound, _)| bound.above == above), "one panel has alerts on both sides");
    // A colour begins at its number, or ends there.
    colours.insert(if above { 0 } else { colours.len() }, FINE);
    let numbers = std::iter::once(Value::Null).chain(bounds.iter().map(|(bound, _)| json!(bound.number)));
    numbers.zip(colours).map(|(value, colour)| json!({"value": value, "color": colour})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_number_outside_of_parentheses() {
        let cases = [
            ("a > 0.05 and b > 1", true, 0.05),
            ("60 * a{x=\"<\"} > 10", true, 10.0),
            ("max by (job) (a) > 4 * 1024 * 1024", true, 4_194_304.0),
            ("min by (job) (a > 0) < 1", false, 1.0),
            ("max(b) >= 3", true, 3.0),
            ("a > 0\nor\nb > 1", true, 0.0),
        ];
        for (expr, above, number) in cases {
            assert_eq!(bound(expr), Some(Bound { above, number }), "{expr}");
        }
        assert_eq!((bound("a > scalar(b)"), bound("a == 0"), bound("(a > 1)")), (None, None, None));
    }

    #[test]
    fn what_is_bad_when_it_is_little_begins_red() {
        let bounds =
            ["DiskSpaceLow", "DiskSpaceCritical"].map(|name| (name.to_owned(), bound(&alert(name).expr).unwrap()));
        let expected = json!([
            {"value": null, "color": "red"}, {"value": 0.1, "color": "orange"}, {"value": 0.2, "color": "green"}
        ]);
        assert_eq!(steps(&bounds), expected);
    }
}
