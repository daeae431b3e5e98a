//! What the service says of itself when it starts.

use crate::{service::Service, settings::Settings, telemetry};

/// The addresses and the parts.
pub(crate) fn banner(base: &str, service: &Service, settings: &Settings) -> String {
    let Service { llm, database, cache, .. } = service;
    let exporter = telemetry::exporter(settings);
    format!(
        "listening on {base}

  chat      POST {base}/api/chat
  stream    POST {base}/api/chat/stream
  metrics   GET  {base}/monitoring/metrics
  health    GET  {base}/health

  LLM       {llm}
  database  {database}
  cache     {cache}
  exporter  {exporter}
"
    )
}
