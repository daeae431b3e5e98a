//! From tool results to an answer.

use serde_json::Value;

use crate::llm::Message;

/// An answer to the question out of the tool results in the conversation.
pub(super) fn compose(question: &str, messages: &[Message]) -> String {
    let results = messages.iter().filter(|message| message.role == "tool").filter_map(|m| m.content.as_deref());
    let sentences: Vec<String> = results.map(|result| sentence(question, result)).collect();
    if sentences.is_empty() {
        return "Ask me about a chemical element, or give me something to compute.".to_owned();
    }
    sentences.join(" ")
}

fn sentence(question: &str, result: &str) -> String {
    let result: Value = serde_json::from_str(result).unwrap_or_default();
    if let Some(error) = result["error"].as_str() {
        return format!("That cannot be done: {error}.");
    }
    if let (Some(expression), Some(value)) = (result["expression"].as_str(), result["result"].as_f64()) {
        return format!("{expression} = {value}.");
    }
    if let (Some(from), Some(to)) = (result["from"].as_str(), result["to"].as_str()) {
        return conversion(&result, from, to);
    }
    match result["articles"].as_array().and_then(|articles| articles.first()) {
        Some(best) => {
            format!(
                "{} (article: {})",
                best["body"].as_str().unwrap_or_default(),
                best["title"].as_str().unwrap_or("?")
            )
        }
        None => format!("The articles say nothing on \"{}\".", question.chars().take(80).collect::<String>()),
    }
}

/// One value, or the rows of a table.
fn conversion(result: &Value, from: &str, to: &str) -> String {
    let numbers = |row: &Value| (number(&row["value"]), number(&row["result"]));
    match result["rows"].as_array() {
        Some(rows) => {
            let rows: Vec<String> =
                rows.iter().map(numbers).map(|(value, result)| format!("{value} = {result}")).collect();
            format!("In {from} and {to}: {}.", rows.join(", "))
        }
        None => {
            let (value, result) = numbers(result);
            format!("{value} {from} = {result} {to}.")
        }
    }
}

/// With six digits, as one would say it.
fn number(value: &Value) -> f64 {
    let value = value.as_f64().unwrap_or_default();
    format!("{value:.5e}").parse().unwrap_or(value)
}
