//! From a question to tool calls: values with units are converted, arithmetic is calculated, all other key words are searched for.

mod conversion;

use serde_json::{Value, json};

/// Words that say nothing about what is asked.
const STOP_WORDS: &str = " a about ac an and any are as at be by can compute calculate convert do does explain find for from get give \
    have how i in is it its kind know look many me much of on or please s say search show so some table tell than that the \
    their them then there these this times to up was we were what when where which who why will with would you your \
    slowly break off ";

#[derive(Debug, PartialEq)]
pub(super) struct PlannedCall {
    pub(super) tool: &'static str,
    pub(super) arguments: Value,
}

/// The tool calls that the question needs; `None` where it names nothing to look for.
pub(super) fn plan(question: &str) -> Option<Vec<PlannedCall>> {
    let mut words: Vec<&str> = question.split_whitespace().collect();
    let convert = conversion::conversion(&words).map(|(call, taken)| {
        words.drain(taken);
        call
    });
    let question = words.join(" ");
    let expression = expression(&question);
    let rest = expression.map_or(question.clone(), |expression| question.replacen(expression, " ", 1));
    let calculate =
        expression.map(|expression| PlannedCall { tool: "calculate", arguments: json!({"expression": expression}) });
    let words = key_words(&rest);
    let search =
        (!words.is_empty()).then(|| PlannedCall { tool: "search", arguments: json!({"query": words.join(" ")}) });
    let calls: Vec<_> = convert.into_iter().chain(calculate).chain(search).collect();
    (!calls.is_empty()).then_some(calls)
}

/// The longest run of digits, operators and parentheses that has an operator between two operands.
fn expression(question: &str) -> Option<&str> {
    let arithmetic = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-*/%^().".contains(c);
    question
        .split(|c| !arithmetic(c))
        .map(|run| run.trim().trim_end_matches(['.', ' ']))
        .filter(|run| has_operation(run))
        .max_by_key(|run| run.len())
}

fn has_operation(run: &str) -> bool {
    let operand = |c: char| c.is_ascii_digit();
    run.char_indices().any(|(at, c)| "+-*/%^".contains(c) && run[..at].contains(operand) && run[at..].contains(operand))
}

fn key_words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase);
    words.filter(|word| !STOP_WORDS.contains(&format!(" {word} "))).take(4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(question: &str) -> Vec<(&'static str, String)> {
        let argument = |call: &PlannedCall| call.arguments.as_object().unwrap().values().next().unwrap().clone();
        let calls = plan(question).unwrap_or_default();
        calls.iter().map(|call| (call.tool, argument(call).as_str().unwrap_or_default().to_owned())).collect()
    }

    #[test]
    fn arithmetic_is_calculated() {
        assert_eq!(calls("What is 12 * (3 + 4)?"), [("calculate", "12 * (3 + 4)".to_owned())]);
        assert_eq!(calls("How much is 2^10."), [("calculate", "2^10".to_owned())]);
    }

    #[test]
    fn other_questions_are_searched_for_by_their_key_words() {
        assert_eq!(calls("What is helium used for?"), [("search", "helium used".to_owned())]);
        assert_eq!(calls("Tell me about element 26"), [("search", "element 26".to_owned())]);
    }

    #[test]
    fn a_question_with_both_needs_both_tools() {
        let expected = [("calculate", "6 * 7".to_owned()), ("search", "neon".to_owned())];
        assert_eq!(calls("What is neon, and what is 6 * 7?"), expected);
    }

    #[test]
    fn what_is_converted_is_neither_calculated_nor_searched_for() {
        let tools = |question| calls(question).into_iter().map(|(tool, _)| tool).collect::<Vec<_>>();
        assert_eq!(tools("Convert 26 miles to km"), ["convert"]);
        assert_eq!(tools("A table of 0 to 100 celsius in fahrenheit, slowly"), ["tabulate"]);
        assert_eq!(
            tools("What is 5 km in miles, what is 6 * 7, and what is neon?"),
            ["convert", "calculate", "search"]
        );
    }

    #[test]
    fn a_question_that_names_nothing_needs_no_tool() {
        assert_eq!(plan("What is this?"), None);
        assert_eq!(plan(""), None);
    }
}
