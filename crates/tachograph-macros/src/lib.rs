//! The attribute macros of Tachograph. Use them through the `tachograph` crate, whose documentation they are part of.
//!
//! `args` (tokens to a validated model, all errors gathered) → `model` (the attributes as data) → `signature` (the
//! function) → `expand` (tokens). What a function returns is decided by types, in the library.

mod args;
mod errors;
mod expand;
mod model;
mod signature;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident: $model:ident;)*) => {
        $(
            $(#[$doc])*
            #[proc_macro_attribute]
            pub fn $name(arguments: TokenStream, item: TokenStream) -> TokenStream {
                expand::attribute(&model::$model, arguments.into(), item.into()).into()
            }
        )*
    };
}

attributes! {
    #[doc = include_str!("doc/agent.md")]
    track_agent_execution: AGENT;
    #[doc = include_str!("doc/llm.md")]
    track_llm_request: LLM;
    #[doc = include_str!("doc/tool.md")]
    track_tool_execution: TOOL;
    #[doc = include_str!("doc/workflow.md")]
    track_workflow: WORKFLOW;
    #[doc = include_str!("doc/command.md")]
    track_command: COMMAND;
    #[doc = include_str!("doc/http.md")]
    track_http_request: HTTP;
    #[doc = include_str!("doc/db.md")]
    track_db_query: DB;
    #[doc = include_str!("doc/cache.md")]
    track_cache_operation: CACHE;
}
