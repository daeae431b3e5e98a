//! The trace context and baggage that a caller sends.

use http::HeaderMap;
use opentelemetry::{Context, global, propagation::Extractor};

/// The current context with what the propagator of the process finds in the headers.
///
/// Always the current one: a process without a propagator has one of OpenTelemetry's that ignores any other context that
/// it is given.
pub(crate) fn extract(headers: &HeaderMap) -> Context {
    global::get_text_map_propagator(|propagator| propagator.extract(&Headers(headers)))
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> = self.0.get_all(key).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_by_any_case_and_all_of_a_name_in_order() {
        let mut headers = HeaderMap::new();
        headers.append("tracestate", "a=1".parse().unwrap());
        headers.append("tracestate", "b=2".parse().unwrap());
        headers.append("blob", http::HeaderValue::from_bytes(b"\xff").unwrap());
        let headers = Headers(&headers);
        assert_eq!(headers.get("TraceState"), Some("a=1"));
        assert_eq!(headers.get_all("tracestate"), Some(vec!["a=1", "b=2"]));
        assert_eq!((headers.get("blob"), headers.get_all("blob"), headers.get("none")), (None, None, None));
        assert_eq!(headers.keys().len(), 2);
    }
}
