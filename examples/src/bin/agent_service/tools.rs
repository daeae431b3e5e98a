//! What the model may call: a search in the articles, a calculator, and what the tool service has.

mod arithmetic;
mod remote;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tachograph::{current, track_tool_execution};
use thiserror::Error;

pub(crate) use self::remote::RemoteTools;
use self::{
    arithmetic::{ArithmeticError, evaluate},
    remote::RemoteError,
};
use crate::{
    cache::SearchCache,
    llm::ToolCall,
    store::{ArticleStore, StoreError},
};

#[derive(Debug, Error)]
enum ToolError {
    #[error("there is no tool `{0}`")]
    UnknownTool(String),
    #[error("the arguments do not fit the tool: {0}")]
    Arguments(#[from] serde_json::Error),
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

pub(crate) struct Toolbox {
    pub(crate) articles: ArticleStore,
    pub(crate) cache: SearchCache,
    pub(crate) remote: RemoteTools,
}

#[derive(Deserialize)]
struct SearchArguments {
    query: String,
}

#[derive(Deserialize)]
struct CalculateArguments {
    expression: String,
}

impl Toolbox {
    /// The tools as the model is told of them.
    pub(crate) fn definitions() -> Value {
        let function = |name: &str, description: &str, required: &[&str], properties: Value| {
            let parameters = json!({"type": "object", "properties": properties, "required": required});
            json!({"type": "function", "function": {"name": name, "description": description, "parameters": parameters}})
        };
        let (text, number, integer) =
            (json!({"type": "string"}), json!({"type": "number"}), json!({"type": "integer"}));
        json!([
            function(
                "search",
                "Searches articles on the chemical elements for key words.",
                &["query"],
                json!({"query": text}),
            ),
            function(
                "calculate",
                "Computes an arithmetic expression: + - * / % ^ and parentheses.",
                &["expression"],
                json!({"expression": text}),
            ),
            function(
                "convert",
                "Converts a value between units of length, mass, temperature, energy or pressure.",
                &["value", "from", "to"],
                json!({"value": number, "from": text, "to": text}),
            ),
            function(
                "tabulate",
                "Converts values at equal distances, from the first to the last, between two units.",
                &["first", "last", "rows", "from", "to"],
                json!({
                    "first": number, "last": number, "rows": integer, "from": text, "to": text,
                    "rows_per_second": integer,
                }),
            ),
        ])
    }

    /// Runs what the model asked for. The result is for the model, which can deal with a tool that failed.
    pub(crate) async fn run(&self, call: &ToolCall) -> String {
        let result = match call.function.name.as_str() {
            "search" => self.search(call).await,
            "calculate" => calculate(call),
            "convert" => self.remote.convert(call).await.map_err(ToolError::from),
            "tabulate" => self.remote.tabulate(call).await.map_err(ToolError::from),
            // Not tracked: whatever the model makes up would become a label.
            other => Err(ToolError::UnknownTool(other.chars().take(64).collect())),
        };
        result.unwrap_or_else(|error| json!({"error": error.to_string()})).to_string()
    }

    #[track_tool_execution("search", tool_type = "datastore", call_id = call.id.clone())]
    async fn search(&self, call: &ToolCall) -> Result<Value, ToolError> {
        let SearchArguments { query } = arguments(call)?;
        let query = query.trim().to_lowercase();
        // A cache that fails is an error of its own span; the search goes on without it.
        let found = match self.cache.get(&query).await {
            Ok(Some(found)) => found,
            Ok(None) | Err(_) => {
                let found = self.articles.search(&query).await?;
                let _ = self.cache.set(&query, &found).await;
                found
            }
        };
        current::tool(|tool| tool.attribute("articles.found", i64::try_from(found.len()).unwrap_or(i64::MAX)));
        Ok(json!({"articles": found}))
    }
}

#[track_tool_execution("calculate", tool_type = "function", call_id = call.id.clone())]
fn calculate(call: &ToolCall) -> Result<Value, ToolError> {
    let CalculateArguments { expression } = arguments(call)?;
    let result = evaluate(&expression)?;
    Ok(json!({"expression": expression, "result": result}))
}

fn arguments<T: DeserializeOwned>(call: &ToolCall) -> serde_json::Result<T> {
    serde_json::from_str(&call.function.arguments)
}
