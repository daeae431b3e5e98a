//! What the service says of itself when it starts.

use crate::{service::Service, settings::Settings};

/// The addresses and the parts.
pub(crate) fn banner(base: &str, service: &Service, settings: &Settings) -> String {
    let Service { llm, tools, database, cache, .. } = service;
    let exporter = settings.export.in_words();
    format!(
        "listening on {base}

  chat      POST {base}/api/chat
  stream    POST {base}/api/chat/stream
  page           {base}/monitoring/
  metrics   GET  {base}/monitoring/metrics
  health    GET  {base}/monitoring/health

  LLM       {llm}
  tools     {tools}
  database  {database}
  cache     {cache}
  exporter  {exporter}
"
    )
}
