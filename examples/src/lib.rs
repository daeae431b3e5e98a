//! What the programs of this package share.
//!
//! | module | holds |
//! |---|---|
//! | [`tools`] | the protocol between an agent and its tools: messages, client, server |
//! | [`model_service`] | a stand-in for the providers of models |
//! | [`tool_service`] | the tools behind it |
//! | [`telemetry`] | how a program is observed |
//! | [`program`] | how it ends, and what it says when it fails |

pub mod model_service;
pub mod program;
pub mod telemetry;
pub mod tool_service;
pub mod tools;
