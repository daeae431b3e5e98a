//! Whatever the SDK holds goes over the wire as its own exporters send it.

use proptest::collection::vec;
use proptest::prelude::*;

use super::hostile;
use super::input::{log, resource, scope, span};
use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_those_of_the_opentelemetry_exporter(batch in vec(span(), 1..6), resource in resource()) {
        let encoding = spans(&batch, &EncodedResource::from(&resource), PLENTY);
        prop_assert_eq!((encoding.requests.len(), encoding.too_large, encoding.truncated), (1, 0, 0));
        prop_assert_eq!(encoding.requests[0].items, batch.len() as u64);
        let one = spans(&batch[..1], &EncodedResource::from(&resource), PLENTY);
        prop_assert_eq!(one.requests[0].body.len(), their_spans(&batch[..1], &resource).encoded_len());
        let ours = ours::<ExportTraceServiceRequest>(&encoding);
        prop_assert_eq!(sorted(ours), sorted(theirs(their_spans(&batch, &resource))));
    }

    #[test]
    fn log_records_are_those_of_the_opentelemetry_exporter(batch in vec(log(), 1..6), resource in resource()) {
        let encoding = logs(&batch, &EncodedResource::from(&resource), PLENTY);
        prop_assert_eq!((encoding.requests.len(), encoding.too_large, encoding.truncated), (1, 0, 0));
        prop_assert_eq!(encoding.requests[0].items, batch.len() as u64);
        let one = logs(&batch[..1], &EncodedResource::from(&resource), PLENTY);
        prop_assert_eq!(one.requests[0].body.len(), their_logs(&batch[..1], &resource).encoded_len());
        let ours = ours::<ExportLogsServiceRequest>(&encoding);
        prop_assert_eq!(sorted(ours), sorted(theirs(their_logs(&batch, &resource))));
    }

    #[test]
    fn each_scope_stands_once_in_a_request(scopes in vec(scope(), 1..30), resource in resource()) {
        let span = |scope| SpanData { instrumentation_scope: scope, ..hostile::span() };
        let batch: Vec<_> = scopes.into_iter().map(span).collect();
        let encoding = spans(&batch, &EncodedResource::from(&resource), PLENTY);
        let request: ExportTraceServiceRequest = decode(&encoding.requests[0]);
        prop_assert_eq!(request.resource_spans.len(), 1);
        let mut seen = std::collections::HashSet::new();
        for scope in &request.resource_spans[0].scope_spans {
            let mut name = scope.scope.clone().unwrap();
            sort_scope(&mut name);
            let equal_to_itself = name == name.clone();
            prop_assert!(seen.insert((name.encode_to_vec(), scope.schema_url.clone())) || !equal_to_itself);
            prop_assert!(!scope.spans.is_empty());
        }
    }
}

#[test]
fn an_empty_batch_is_no_request() {
    let resource = EncodedResource::from(&Resource::builder().build());
    for encoding in
        [spans(&[], &resource, PLENTY), logs(&[], &resource, PLENTY), metrics(&SdkMetrics::default(), PLENTY)]
    {
        assert!(encoding.requests.is_empty());
        assert_eq!((encoding.too_large, encoding.truncated), (0, 0));
    }
}
