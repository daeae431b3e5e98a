//! The trace context and baggage that cross the wire.

mod wall;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context, global,
    propagation::{Extractor, Injector},
};
use tachograph_core::{Ids, Telemetry};

use self::wall::{BAGGAGE, TRACEPARENT, TRACESTATE, Wall};

/// The current context with what the propagator of the process finds in the headers. Headers that the wall refuses are
/// not shown to it; they are counted.
///
/// Always the current one: a process without a propagator has one of OpenTelemetry's that ignores any other context that
/// it is given.
pub(crate) fn extract(headers: &HeaderMap) -> Context {
    let headers = Headers { wall: Wall::of(headers), headers };
    global::get_text_map_propagator(|propagator| propagator.extract(&headers))
}

/// The context that the call of a server is started in: what the caller sent, if that is believed, with this telemetry in force, if it is
/// not the one that is, and the entries of the baggage that are ids.
pub(crate) fn parent(
    headers: &HeaderMap,
    telemetry: Option<&Telemetry>,
    remote_context: bool,
    baggage_keys: &[String],
) -> Context {
    let _telemetry = telemetry.map(Telemetry::enter);
    let context = if remote_context { extract(headers) } else { Context::current() };
    if baggage_keys.is_empty() {
        return context;
    }
    Ids::from_baggage(&context, baggage_keys).on(&context)
}

/// Writes `context` into headers, through the propagator of the process, over what was there.
pub(crate) fn inject(context: &Context, headers: &mut HeaderMap) {
    global::get_text_map_propagator(|propagator| propagator.inject_context(context, &mut InjectInto(headers)));
}

struct Headers<'a> {
    headers: &'a HeaderMap,
    wall: Wall<'a>,
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            TRACEPARENT => self.wall.traceparent.as_deref(),
            TRACESTATE => self.wall.tracestate.as_deref(),
            BAGGAGE => self.wall.baggage.as_deref(),
            other => self.headers.get(other)?.to_str().ok(),
        }
    }

    fn keys(&self) -> Vec<&str> {
        self.headers.keys().map(HeaderName::as_str).filter(|key| self.get(key).is_some()).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        if let TRACEPARENT | TRACESTATE | BAGGAGE = key {
            return self.get(key).map(|value| vec![value]);
        }
        let values: Vec<&str> = self.headers.get_all(key).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then_some(values)
    }
}

struct InjectInto<'a>(&'a mut HeaderMap);

impl Injector for InjectInto<'_> {
    fn set(&mut self, key: &str, value: String) {
        let Ok(name) = HeaderName::try_from(key) else { return };
        if value.is_empty() {
            // A trace state that is not there is no header, and none that was there before belongs to this trace.
            self.0.remove(name);
        } else if let Ok(value) = HeaderValue::try_from(value) {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_headers_are_read_by_any_case_and_all_of_a_name_in_order() {
        let mut headers = HeaderMap::new();
        headers.append("x-b3-flags", "a".parse().unwrap());
        headers.append("x-b3-flags", "b".parse().unwrap());
        headers.append("blob", HeaderValue::from_bytes(b"\xff").unwrap());
        let headers = Headers { wall: Wall::of(&headers), headers: &headers };
        assert_eq!(headers.get("X-B3-Flags"), Some("a"));
        assert_eq!(headers.get_all("x-b3-flags"), Some(vec!["a", "b"]));
        assert_eq!((headers.get("blob"), headers.get_all("blob"), headers.get("none")), (None, None, None));
        assert_eq!(headers.keys(), ["x-b3-flags"]);
    }

    #[test]
    fn what_is_injected_takes_the_place_of_what_was_there() {
        let mut headers = HeaderMap::new();
        headers.append("traceparent", "old".parse().unwrap());
        headers.append("traceparent", "older".parse().unwrap());
        headers.append("tracestate", "old=1".parse().unwrap());
        let mut into = InjectInto(&mut headers);
        into.set("traceparent", "new".to_owned());
        into.set("tracestate", String::new());
        into.set("no header name", "x".to_owned());
        into.set("baggage", "line\nbreak".to_owned());
        assert_eq!(headers.get_all("traceparent").iter().collect::<Vec<_>>(), ["new"]);
        assert_eq!(headers.len(), 1);
    }
}
