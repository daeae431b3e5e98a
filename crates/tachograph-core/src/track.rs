//! Tracking by function: the same names as the attributes.
//!
//! Each takes what the attribute takes, and the future to track. The call starts at the first poll. What else is known goes
//! through the builder: `LlmRequest::new("openai", "gpt-4o").temperature(0.2).track(future)`.

use opentelemetry::StringValue;

use crate::{
    future::Tracked,
    operation::{
        AgentExecution, CacheOperation, CommandExecution, DbQuery, HttpRequest, LlmRequest, ToolExecution,
        WorkflowExecution,
    },
    outcome::Observe,
};

macro_rules! track {
    ($($(#[$doc:meta])* $name:ident($($arg:ident),+) -> $operation:ty;)*) => {
        $(
            $(#[$doc])*
            pub fn $name<F>($($arg: impl Into<StringValue>,)+ future: F) -> Tracked<F, $operation>
            where
                F: Future,
                F::Output: Observe,
            {
                <$operation>::new($($arg),+).track(future)
            }
        )*
    };
}

track! {
    /// Tracks a run of the agent `name`.
    track_agent_execution(name) -> AgentExecution;
    /// Tracks a call to `model` of `provider`.
    ///
    /// ```
    /// # async fn send() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # async fn example() -> Result<(), std::io::Error> {
    /// use tachograph_core::{current, track_llm_request, Usage};
    /// let answer = track_llm_request("openai", "gpt-4o", async {
    ///     let response = send().await?;
    ///     current::llm_request(|call| call.usage(Usage::new(12, 3)));
    ///     Ok::<_, std::io::Error>(response)
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    track_llm_request(provider, model) -> LlmRequest;
    /// Tracks an execution of the tool `name`.
    track_tool_execution(name) -> ToolExecution;
    /// Tracks a run of the workflow `name`.
    track_workflow(name) -> WorkflowExecution;
    /// Tracks an execution of the command `name`.
    track_command(name) -> CommandExecution;
    /// Tracks an HTTP request with `method` to the route template `route`.
    track_http_request(method, route) -> HttpRequest;
    /// Tracks a database `operation` on `table`.
    track_db_query(operation, table) -> DbQuery;
    /// Tracks an `operation` on the cache `name`.
    track_cache_operation(name, operation) -> CacheOperation;
}
