//! Tachograph
#[doc(hidden)]
pub use tachograph_core::private as __private;
pub use tachograph_core::*;
pub use tachograph_macros::{
    track_agent_execution, track_cache_operation, track_command, track_db_query, track_http_request, track_llm_request,
    track_tool_execution, track_workflow,
};
