//! The command line.

use thiserror::Error;

pub(crate) const HELP: &str = "\
A research agent behind HTTP, tracked by Tachograph.

Usage: agent_service [--demo] [--print-traces] [--tool-service URL] [--help]

  --demo                send a varied load to itself, print a summary, and end
  --print-traces        print the spans of each request as a tree
  --tool-service URL    a tool_service in another process, as http://127.0.0.1:50051 (one in this process)
  --help                print this

Environment:
  LISTEN            address to listen on (127.0.0.1:8000; port 0 takes a free one)
  OPENAI_BASE_URL   an OpenAI-compatible endpoint, as https://api.openai.com/v1 (a stand-in in this process)
  OPENAI_API_KEY    its key (none)
  OPENAI_MODEL      its model (gpt-4o-mini)
  DATABASE_URL      postgres://... (SQLite in a temporary folder)
  REDIS_URL         redis://... (a cache in this process)
  TOOL_SERVICE_URL  the same as --tool-service, which goes before it
  TACHOGRAPH_LOG_DIR  a directory for log files: requests, agents, failures, slow calls (none)
  OTEL_*            as everywhere: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER, ... (no export)
";

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) demo: bool,
    pub(crate) print_traces: bool,
    pub(crate) tool_service: Option<String>,
    pub(crate) help: bool,
}

#[derive(Debug, Error, PartialEq)]
pub(crate) enum ArgumentError {
    #[error("unknown argument `{0}`; known are --demo, --print-traces, --tool-service and --help")]
    Unknown(String),
    #[error("--tool-service needs a URL after it, as http://127.0.0.1:50051")]
    NoUrl,
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, ArgumentError> {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--demo" => parsed.demo = true,
                "--print-traces" => parsed.print_traces = true,
                "--tool-service" => parsed.tool_service = Some(arguments.next().ok_or(ArgumentError::NoUrl)?),
                "--help" | "-h" => parsed.help = true,
                _ => return Err(ArgumentError::Unknown(argument)),
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, ArgumentError> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_may_be_combined() {
        let expected = Arguments { demo: true, print_traces: true, ..Arguments::default() };
        assert_eq!(parse("--print-traces --demo"), Ok(expected));
        let expected = Arguments { tool_service: Some("http://tools:1".to_owned()), ..Arguments::default() };
        assert_eq!(parse("--tool-service http://tools:1"), Ok(expected));
        assert_eq!(parse(""), Ok(Arguments::default()));
    }

    #[test]
    fn an_unknown_argument_is_named_beside_the_known_ones() {
        let message = parse("--demo --verbose").unwrap_err().to_string();
        assert_eq!(
            message,
            "unknown argument `--verbose`; known are --demo, --print-traces, --tool-service and --help"
        );
    }

    #[test]
    fn a_url_that_is_left_out_is_asked_for() {
        assert_eq!(parse("--tool-service"), Err(ArgumentError::NoUrl));
    }
}
