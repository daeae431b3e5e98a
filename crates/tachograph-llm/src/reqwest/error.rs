//! What a failed request is called.

use std::{
    error::Error,
    fmt::{self, Write as _},
    io,
};

/// In the order in which they count, where an error has several in it.
const CLASSES: [&str; 4] = ["timeout", "connect", "connection_closed", "redirect"];

/// How the errors of crates that are no dependencies of this one begin in their `Debug` form. One that changes some day costs the error its
/// class, not its record.
const FORMS: [(&str, &str); 4] = [
    ("TimedOut", "timeout"),
    ("hyper_util::client::legacy::Error(Connect", "connect"),
    ("hyper::Error(IncompleteMessage", "connection_closed"),
    ("hyper::Error(ChannelClosed", "connection_closed"),
];
/// Most bytes of a form that are looked at.
const LONGEST: usize = 64;

/// The `error.type` of a request that got no answer.
pub(super) fn of_request(error: &reqwest_middleware::Error) -> &'static str {
    class(error).unwrap_or("request_error")
}

/// The `error.type` of an answer that broke off.
pub(super) fn of_body(error: &reqwest::Error) -> &'static str {
    class(error).unwrap_or("body_error")
}

/// Errors lie in each other, those of a retry in some of its own.
fn class(outermost: &(dyn Error + 'static)) -> Option<&'static str> {
    let all = || std::iter::successors(Some(outermost), |error| inner(*error)).filter_map(one);
    CLASSES.into_iter().find(|class| all().any(|found| found == *class))
}

/// The next error further in. A middleware's passes itself over where it is asked for its source.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<reqwest_middleware::Error>() {
        Some(reqwest_middleware::Error::Reqwest(error)) => Some(error),
        Some(reqwest_middleware::Error::Middleware(error)) => Some(&**error),
        None => error.source(),
    }
}

fn one(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        // Further ones are found further in.
        return error.is_redirect().then_some("redirect");
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::TimedOut => Some("timeout"),
            io::ErrorKind::ConnectionRefused => Some("connect"),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::NotConnected => Some("connection_closed"),
            _ => None,
        };
    }
    let mut form = Beginning::default();
    let _ = write!(form, "{error:?}");
    FORMS.iter().find(|(begins, _)| form.0.starts_with(begins)).map(|(_, class)| *class)
}

/// Keeps the first bytes of what is written, and stops the writer there.
#[derive(Default)]
struct Beginning(String);

impl fmt::Write for Beginning {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.push_str(crate::bounded::bounded(part, LONGEST.saturating_sub(self.0.len())));
        if self.0.len() < LONGEST { Ok(()) } else { Err(fmt::Error) }
    }
}
