//! The command line.

use thiserror::Error;

pub(crate) const HELP: &str = "\
A research agent behind HTTP, tracked by Tachograph.

Usage: agent_service [--demo] [--print-traces] [--help]

  --demo            send a varied load to itself, print a summary, and end
  --print-traces    print the spans of each request as a tree
  --help            print this

Environment:
  LISTEN            address to listen on (127.0.0.1:8000; port 0 takes a free one)
  OPENAI_BASE_URL   an OpenAI-compatible endpoint, as https://api.openai.com/v1 (a stand-in in this process)
  OPENAI_API_KEY    its key (none)
  OPENAI_MODEL      its model (gpt-4o-mini)
  DATABASE_URL      postgres://... (SQLite in a temporary folder)
  REDIS_URL         redis://... (a cache in this process)
  OTEL_*            as everywhere: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER, ... (no export)
";

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) demo: bool,
    pub(crate) print_traces: bool,
    pub(crate) help: bool,
}

#[derive(Debug, Error, PartialEq)]
#[error("unknown argument `{0}`; known are --demo, --print-traces and --help")]
pub(crate) struct UnknownArgument(String);

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, UnknownArgument> {
        let mut parsed = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--demo" => parsed.demo = true,
                "--print-traces" => parsed.print_traces = true,
                "--help" | "-h" => parsed.help = true,
                _ => return Err(UnknownArgument(argument)),
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, UnknownArgument> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_may_be_combined() {
        let expected = Arguments { demo: true, print_traces: true, help: false };
        assert_eq!(parse("--print-traces --demo"), Ok(expected));
        assert_eq!(parse(""), Ok(Arguments::default()));
    }

    #[test]
    fn an_unknown_argument_is_named_beside_the_known_ones() {
        let message = parse("--demo --verbose").unwrap_err().to_string();
        assert_eq!(message, "unknown argument `--verbose`; known are --demo, --print-traces and --help");
    }
}
