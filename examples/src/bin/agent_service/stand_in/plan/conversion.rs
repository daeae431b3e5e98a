//! Values with a unit that are wanted in another one: "5 km in miles", and "0 to 100 celsius in fahrenheit" for a table.

use std::ops::Range;

use serde_json::json;

use super::{super::fault::Fault, PlannedCall};

/// Rows of a table: the values and nine between them.
const ROWS: u32 = 11;
/// Rows a second where the question wants it slowly.
const SLOW_ROWS: u32 = 4;

/// The call, and the words of the question that it came from.
pub(super) fn conversion(words: &[&str]) -> Option<(PlannedCall, Range<usize>)> {
    (0..words.len()).find_map(|at| {
        let (call, taken) = table(&words[at..], words).or_else(|| single(&words[at..]))?;
        Some((call, at..at + taken))
    })
}

fn table(words: &[&str], question: &[&str]) -> Option<(PlannedCall, usize)> {
    let [first, "to", last, from, "to" | "in" | "into", to, ..] = words else { return None };
    let mut arguments =
        json!({"first": number(first)?, "last": number(last)?, "rows": ROWS, "from": unit(from)?, "to": unit(to)?});
    if Fault::asked_for(&question.join(" ")) == Some(Fault::Slowness) {
        arguments["rows_per_second"] = SLOW_ROWS.into();
    }
    Some((PlannedCall { tool: "tabulate", arguments }, 6))
}

fn single(words: &[&str]) -> Option<(PlannedCall, usize)> {
    let [value, from, "to" | "in" | "into", to, ..] = words else { return None };
    let arguments = json!({"value": number(value)?, "from": unit(from)?, "to": unit(to)?});
    Some((PlannedCall { tool: "convert", arguments }, 4))
}

fn number(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether there is such a unit, the tool knows.
fn unit(word: &str) -> Option<&str> {
    let unit = word.trim_matches(|c: char| ",;:?!.".contains(c));
    (!unit.is_empty() && unit.chars().all(|c| c.is_alphabetic() || c == '°')).then_some(unit)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn call(question: &str) -> Option<(&'static str, String, Value)> {
        let words: Vec<&str> = question.split_whitespace().collect();
        conversion(&words).map(|(call, words)| (call.tool, format!("{words:?}"), call.arguments))
    }

    fn called(tool: &'static str, words: &str, arguments: Value) -> Option<(&'static str, String, Value)> {
        Some((tool, words.to_owned(), arguments))
    }

    #[test]
    fn a_value_with_two_units_is_converted() {
        let arguments = json!({ "from": "km", "to": "miles", "value": 5.5 });
        assert_eq!(call("Convert 5.5 km to miles."), called("convert", "1..5", arguments));
        let arguments = json!({ "from": "°C", "to": "K", "value": -40.0 });
        assert_eq!(call("What is -40 °C in K?"), called("convert", "2..6", arguments));
    }

    #[test]
    fn a_range_of_values_is_tabulated() {
        let arguments = json!({ "first": 0.0, "from": "C", "last": 100.0, "rows": 11, "to": "F" });
        assert_eq!(call("A table of 0 to 100 C in F"), called("tabulate", "3..9", arguments));
        let (_, _, slow) = call("Slowly: 0 to 100 C in F").unwrap();
        assert_eq!(slow["rows_per_second"], 4);
    }

    #[test]
    fn anything_else_is_no_conversion() {
        for question in ["", "Convert", "Convert 5 km", "from 3 to 5", "What is 6 * 7 in words?", "NaN km to m"] {
            assert_eq!(call(question), None, "{question:?}");
        }
    }
}
