//! What an error is called.

use std::borrow::Cow;

use redis::{ErrorKind, RedisError, RedisResult, ServerError, Value};
use tachograph_core::{CallGuard, DbQuery, Outcome, semconv::value};

/// Longest code of a server: its own have up to twelve letters, those of modules and scripts may have any.
const MAX_CODE: usize = 32;

/// Ends the call with what came back.
pub(super) fn finish<T: Reply>(call: CallGuard<DbQuery>, reply: &RedisResult<T>) {
    let code = match reply {
        Ok(reply) => match reply.first_error() {
            None => return call.succeed(),
            Some(error) => code(error.code()),
        },
        Err(error) => match error.code() {
            None => return call.finish(Outcome::error(class(error))),
            Some(told) => code(told),
        },
    };
    // No message: the server repeats arguments in it.
    call.status_code(code.clone());
    call.finish(Outcome::error(code));
}

/// What the server answers: errors are found in it, also below a success.
pub(super) trait Reply {
    fn first_error(&self) -> Option<&ServerError>;
}

impl Reply for Value {
    fn first_error(&self) -> Option<&ServerError> {
        match self {
            Self::ServerError(error) => Some(error),
            Self::Array(items) | Self::Set(items) | Self::Push { data: items, .. } => first_of(items),
            Self::Map(pairs) => pairs.iter().find_map(|(key, value)| key.first_error().or_else(|| value.first_error())),
            Self::Attribute { data, .. } => data.first_error(),
            _ => None,
        }
    }
}

impl Reply for Vec<Value> {
    fn first_error(&self) -> Option<&ServerError> {
        first_of(self)
    }
}

fn first_of(items: &[Value]) -> Option<&ServerError> {
    items.iter().find_map(Reply::first_error)
}

/// The first word of a server's error if it looks like the code of one. A script may have written anything there.
fn code(told: &str) -> Cow<'static, str> {
    let is_code = !told.is_empty() && told.len() <= MAX_CODE;
    if is_code && told.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
        Cow::Owned(told.to_owned())
    } else {
        Cow::Borrowed(value::OTHER)
    }
}

/// An error that is not the server's.
fn class(error: &RedisError) -> &'static str {
    if error.is_timeout() {
        return "timeout";
    }
    if error.is_connection_refusal() {
        return "connection_refused";
    }
    if error.is_connection_dropped() {
        return "connection_closed";
    }
    match error.kind() {
        ErrorKind::Io => "io",
        ErrorKind::Parse => "parse",
        ErrorKind::AuthenticationFailed => "authentication_failed",
        ErrorKind::UnexpectedReturnType => "unexpected_return_type",
        ErrorKind::InvalidClientConfig => "invalid_client_config",
        ErrorKind::Client => "client",
        ErrorKind::ClusterConnectionNotFound => "cluster_connection_not_found",
        ErrorKind::MasterNameNotFoundBySentinel
        | ErrorKind::NoValidReplicasFoundBySentinel
        | ErrorKind::EmptySentinelList => "sentinel",
        ErrorKind::RESP3NotSupported => "resp3_not_supported",
        _ => value::OTHER,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn code_is_a_word_in_capitals_or_other() {
        for known in ["WRONGTYPE", "NOAUTH", "MOVED", "ERR", "MY_CODE"] {
            assert_eq!(code(known), known);
        }
        for text in ["", "user:4711", "User", "K4711", "ÄRGER", &"X".repeat(33)] {
            assert_eq!(code(text), value::OTHER, "{text:?}");
        }
    }

    #[test]
    fn error_below_a_success_is_found() {
        let error = redis::parse_redis_value(b"-WRONGTYPE no\r\n").unwrap();
        let deep = Value::Map(vec![(Value::Int(1), Value::Array(vec![Value::Okay, Value::Set(vec![error])]))]);
        assert_eq!(deep.first_error().map(ServerError::code), Some("WRONGTYPE"));
        assert_eq!(vec![Value::Okay, deep].first_error().map(ServerError::code), Some("WRONGTYPE"));
        assert_eq!(Value::Array(vec![Value::Nil]).first_error(), None);
    }

    #[test]
    fn error_that_is_not_the_servers_is_told_by_its_class() {
        let of_io = |kind: io::ErrorKind| class(&RedisError::from(io::Error::from(kind)));
        assert_eq!(of_io(io::ErrorKind::TimedOut), "timeout");
        assert_eq!(of_io(io::ErrorKind::ConnectionRefused), "connection_refused");
        assert_eq!(of_io(io::ErrorKind::BrokenPipe), "connection_closed");
        assert_eq!(of_io(io::ErrorKind::PermissionDenied), "io");
        assert_eq!(class(&RedisError::from((ErrorKind::Client, "user 4711"))), "client");
    }
}
