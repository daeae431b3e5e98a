//! The command line.

use std::net::{Ipv4Addr, SocketAddr};

use thiserror::Error;

pub(crate) const HELP: &str = "\
Tools that an agent calls over gRPC: conversions of units, one by one and as tables.

Usage: tool_service [--listen ADDRESS] [--print-traces] [--help]

  --listen ADDRESS    address to listen on (127.0.0.1:0; port 0 takes a free one)
  --print-traces      print the spans of each call as a tree
  --help              print this

Environment:
  OTEL_*            as everywhere: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER, ... (no export)
";

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) listen: SocketAddr,
    pub(crate) print_traces: bool,
    pub(crate) help: bool,
}

#[derive(Debug, Error, PartialEq)]
pub(crate) enum ArgumentError {
    #[error("unknown argument `{0}`; known are --listen, --print-traces and --help")]
    Unknown(String),
    #[error("--listen needs an address and a port after it, as 127.0.0.1:50051")]
    NoAddress,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 0).into(), print_traces: false, help: false }
    }
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, ArgumentError> {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--listen" => {
                    let address = arguments.next().and_then(|address| address.parse().ok());
                    parsed.listen = address.ok_or(ArgumentError::NoAddress)?;
                }
                "--print-traces" => parsed.print_traces = true,
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
    fn without_an_argument_it_listens_on_a_free_port_of_this_machine_alone() {
        assert_eq!(parse("").unwrap().listen.to_string(), "127.0.0.1:0");
        assert_eq!(parse("--listen [::1]:50051").unwrap().listen.to_string(), "[::1]:50051");
    }

    #[test]
    fn a_wrong_argument_is_told() {
        assert_eq!(parse("--listen"), Err(ArgumentError::NoAddress));
        assert_eq!(parse("--listen 50051"), Err(ArgumentError::NoAddress));
        assert_eq!(parse("--port"), Err(ArgumentError::Unknown("--port".to_owned())));
    }
}
