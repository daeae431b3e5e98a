//! What is looked at before any propagator is: headers that no honest caller sends are not even parsed.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, header::GetAll};
use tachograph_core::{context::count_rejected, propagation::parse_traceparent};

pub(super) const TRACEPARENT: &str = "traceparent";
pub(super) const TRACESTATE: &str = "tracestate";
pub(super) const BAGGAGE: &str = "baggage";

/// The same as names of headers: looked up without being parsed.
static TRACEPARENT_HEADER: HeaderName = HeaderName::from_static(TRACEPARENT);
static TRACESTATE_HEADER: HeaderName = HeaderName::from_static(TRACESTATE);
static BAGGAGE_HEADER: HeaderName = HeaderName::from_static(BAGGAGE);

/// Bytes in all and members of a list header.
struct Limits {
    bytes: usize,
    members: usize,
}

/// W3C Trace Context, section 3.3.1.5: what everybody must be able to propagate.
const TRACESTATE_LIMITS: Limits = Limits { bytes: 512, members: 32 };
/// W3C Baggage, section 3.3.2.
const BAGGAGE_LIMITS: Limits = Limits { bytes: 8192, members: 64 };
/// One has 55; those of later versions may be longer.
const MAX_TRACEPARENT_BYTES: usize = 256;

/// The headers of W3C propagation as far as they are sane. One that is not is as if it had not been sent, and is counted.
pub(super) struct Wall<'a> {
    pub(super) traceparent: Option<Cow<'a, str>>,
    pub(super) tracestate: Option<Cow<'a, str>>,
    pub(super) baggage: Option<Cow<'a, str>>,
}

impl<'a> Wall<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let traceparent = admitted(TRACEPARENT, traceparent(headers.get_all(&TRACEPARENT_HEADER)));
        // Without its traceparent a trace state tells nothing (Trace Context, section 3.3).
        let tracestate = match traceparent {
            Some(_) => admitted(TRACESTATE, list(headers.get_all(&TRACESTATE_HEADER), &TRACESTATE_LIMITS)),
            None => None,
        };
        Self {
            traceparent,
            tracestate,
            baggage: admitted(BAGGAGE, list(headers.get_all(&BAGGAGE_HEADER), &BAGGAGE_LIMITS)),
        }
    }
}

/// What is wrong with a header, as the counter has it.
type Reason = &'static str;
const MALFORMED: Reason = "malformed";
const NOT_ASCII: Reason = "not_ascii";
const REPEATED: Reason = "repeated";
const TOO_LONG: Reason = "too_long";
const TOO_MANY: Reason = "too_many";

fn admitted<'a>(header: &'static str, value: Result<Option<Cow<'a, str>>, Reason>) -> Option<Cow<'a, str>> {
    value.unwrap_or_else(|reason| {
        count_rejected(header, reason);
        None
    })
}

fn traceparent<'a>(values: GetAll<'a, HeaderValue>) -> Result<Option<Cow<'a, str>>, Reason> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(REPEATED);
    }
    if value.len() > MAX_TRACEPARENT_BYTES {
        return Err(TOO_LONG);
    }
    let text = value.to_str().map_err(|_| NOT_ASCII)?;
    if parse_traceparent(text).is_some() { Ok(Some(text.into())) } else { Err(MALFORMED) }
}

/// A list that may stand in several headers.
fn list<'a>(values: GetAll<'a, HeaderValue>, limits: &Limits) -> Result<Option<Cow<'a, str>>, Reason> {
    let mut joined: Option<Cow<'a, str>> = None;
    let (mut bytes, mut members) = (0, 0);
    for value in values {
        bytes += value.len();
        if bytes > limits.bytes {
            return Err(TOO_LONG);
        }
        members += value.as_bytes().split(|byte| *byte == b',').count();
        if members > limits.members {
            return Err(TOO_MANY);
        }
        let text = value.to_str().map_err(|_| NOT_ASCII)?;
        joined = Some(match joined {
            None => text.into(),
            Some(before) => format!("{before},{text}").into(),
        });
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(values: &[&str]) -> Result<Option<String>, Reason> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(BAGGAGE, value.parse().unwrap());
        }
        list(headers.get_all(BAGGAGE), &Limits { bytes: 12, members: 3 }).map(|list| list.map(Cow::into_owned))
    }

    #[test]
    fn a_list_is_one_whatever_headers_it_came_in_and_has_limits() {
        assert_eq!(listed(&[]), Ok(None));
        assert_eq!(listed(&["a=1,b=2"]), Ok(Some("a=1,b=2".to_owned())));
        assert_eq!(listed(&["a=1,b=2", "c=3"]), Ok(Some("a=1,b=2,c=3".to_owned())));
        assert_eq!(listed(&["a=1,b=2", "c=3,d"]), Err(TOO_MANY));
        assert_eq!(listed(&["a=1,b=2", "c=3456"]), Err(TOO_LONG));
        assert_eq!(listed(&["a=\u{e9}"]), Err(NOT_ASCII));
    }
}
