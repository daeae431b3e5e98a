//! Requests are full to the limit, and never above it.

use proptest::collection::vec;
use proptest::prelude::*;

use super::hostile;
use super::input::{log, resource, span};
use super::*;

/// The items of a request, by their places in the batch, of which they have to be a run. Within each scope they are in order.
fn check<R: Request, T: Clone>(
    batch: &[T],
    limit: usize,
    encode: impl Fn(&[T], usize) -> Encoding,
) -> Result<(), TestCaseError> {
    let encoding = encode(batch, limit);
    let alone: Vec<_> = batch.iter().map(|item| encode(std::slice::from_ref(item), limit)).collect();
    prop_assert_eq!(encoding.too_large, alone.iter().map(|item| item.too_large).sum::<u64>());
    prop_assert_eq!(encoding.truncated, alone.iter().map(|item| item.truncated).sum::<u64>());
    let kept: Vec<_> = batch.iter().zip(&alone).filter(|(_, alone)| alone.too_large == 0).collect();
    let mut rest = kept.as_slice();
    for (place, request) in encoding.requests.iter().enumerate() {
        prop_assert!(request.body.len() <= limit);
        let (mine, others) = rest.split_at(request.items as usize);
        let decoded: Vec<_> = decode::<R>(request).items().into_iter().map(|item| item.encode_to_vec()).collect();
        let expected: Vec<_> = mine.iter().flat_map(|(_, alone)| ours::<R>(alone)).collect();
        prop_assert_eq!(decoded.len(), request.items as usize);
        prop_assert_eq!(
            sorted(decoded),
            sorted(expected),
            "request {} holds other items than those whose turn it is",
            place
        );
        if let (Some((next, alone)), true) = (others.first(), mine.iter().all(|(_, alone)| alone.truncated == 0))
            && alone.truncated == 0
        {
            let more: Vec<T> = mine.iter().map(|(item, _)| (*item).clone()).chain([(*next).clone()]).collect();
            let more = encode(&more, PLENTY);
            prop_assert!(more.requests[0].body.len() > limit, "request {} had room for one more", place);
        }
        rest = others;
    }
    prop_assert!(rest.is_empty());
    Ok(())
}

/// A request with one more byte allowed than `size` minus one.
fn around<T>(item: T, encode: impl Fn(&[T], usize) -> Encoding) -> Result<(), TestCaseError> {
    let item = [item];
    let whole = encode(&item, PLENTY);
    let size = whole.requests[0].body.len();
    for limit in [size, size + 1, size + 2] {
        let encoding = encode(&item, limit);
        prop_assert_eq!((encoding.truncated, encoding.too_large), (0, 0));
        prop_assert_eq!(&encoding.requests, &whole.requests);
    }
    for limit in [size - 1, size - 2, size / 2, 1, 0] {
        let encoding = encode(&item, limit);
        prop_assert_eq!(encoding.truncated + encoding.too_large, 1);
        prop_assert_eq!(encoding.requests.len() as u64, encoding.truncated);
        prop_assert!(encoding.requests.iter().all(|request| request.body.len() <= limit && request.items == 1));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_fill_requests_to_the_limit_in_their_order(
        batch in vec(span(), 1..10), resource in resource(), limit in 0..4000usize,
    ) {
        let resource = EncodedResource::from(&resource);
        check::<ExportTraceServiceRequest, _>(&batch, limit, |batch, limit| spans(batch, &resource, limit))?;
    }

    #[test]
    fn log_records_fill_requests_to_the_limit_in_their_order(
        batch in vec(log(), 1..10), resource in resource(), limit in 0..4000usize,
    ) {
        let resource = EncodedResource::from(&resource);
        check::<ExportLogsServiceRequest, _>(&batch, limit, |batch, limit| logs(batch, &resource, limit))?;
    }

    #[test]
    fn a_span_at_the_limit_is_whole_and_one_above_it_is_not(span in span(), resource in resource()) {
        let resource = EncodedResource::from(&resource);
        around(span, |batch, limit| spans(batch, &resource, limit))?;
    }

    #[test]
    fn a_log_record_at_the_limit_is_whole_and_one_above_it_is_not(log in log(), resource in resource()) {
        let resource = EncodedResource::from(&resource);
        around(log, |batch, limit| logs(batch, &resource, limit))?;
    }

    /// Every length at which the lengths of the messages around take a byte more.
    #[test]
    fn lengths_that_grow_by_a_byte_are_counted(name in prop_oneof![60..300usize, 16_200..16_500usize], less in 0..40usize) {
        let resource = EncodedResource::from(&Resource::builder_empty().build());
        let mut data = hostile::span();
        data.name = "n".repeat(name).into();
        let size = spans(std::slice::from_ref(&data), &resource, PLENTY).requests[0].body.len();
        let batch = [data.clone(), data];
        let two = spans(&batch, &resource, PLENTY).requests[0].body.len();
        prop_assert_eq!(spans(&batch, &resource, two).requests.len(), 1);
        prop_assert_eq!(spans(&batch, &resource, two - 1).requests.len(), 2);
        let encoding = spans(&batch, &resource, size + less);
        prop_assert_eq!((encoding.requests.len(), encoding.too_large), (2, 0));
    }
}

#[test]
fn the_order_within_a_scope_is_that_of_the_batch() {
    let resource = EncodedResource::from(&Resource::builder_empty().build());
    let batch: Vec<_> = (0..200u64)
        .map(|place| {
            let mut span = hostile::span();
            span.name = format!("{place:03}").into();
            let scope = if place % 3 == 0 { "a" } else { "b" };
            span.instrumentation_scope = opentelemetry::InstrumentationScope::builder(scope).build();
            span
        })
        .collect();
    for limit in [PLENTY, 1000] {
        let encoding = spans(&batch, &resource, limit);
        let mut seen = Vec::new();
        for request in &encoding.requests {
            let request: ExportTraceServiceRequest = decode(request);
            let mut names = Vec::new();
            for scope in &request.resource_spans[0].scope_spans {
                assert!(scope.spans.is_sorted_by_key(|span| span.name.clone()));
                names.extend(scope.spans.iter().map(|span| span.name.clone()));
            }
            names.sort();
            seen.extend(names);
        }
        assert!(seen.is_sorted(), "a request holds spans that came after those of the next one");
        assert_eq!(seen.len(), 200);
    }
}
