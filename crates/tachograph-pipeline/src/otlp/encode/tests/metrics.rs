//! Metrics are those of the OpenTelemetry exporter, and split between their data points.

use opentelemetry::KeyValue as Attribute;
use opentelemetry_sdk::metrics::Temporality;
use proptest::collection::vec;
use proptest::prelude::*;

use super::input::{attributes, resource, scope};
use super::recorded::{Recorded, record};
use super::*;

fn bits() -> impl Strategy<Value = u64> {
    let doubles = input::double().prop_map(f64::to_bits);
    prop_oneof![0..50u64, any::<u64>(), doubles, (0.001..9000.0f64).prop_map(f64::to_bits)]
}

fn temporality() -> impl Strategy<Value = Temporality> {
    prop_oneof![Just(Temporality::Cumulative), Just(Temporality::Delta), Just(Temporality::LowMemory)]
}

prop_compose! {
    fn recorded()(
        resource in resource(),
        temporality in temporality(),
        scopes in vec(scope(), 1..4),
        measured in vec((0..4usize, 0..12usize, bits(), attributes(3)), 0..40),
    ) -> SdkMetrics {
        let recorded = Recorded::new(resource, temporality);
        for (place, kind, value, labels) in measured {
            record(&recorded.meter(scopes[place % scopes.len()].clone()), kind, value, &labels);
        }
        recorded.collect()
    }
}

/// The sizes of what is in each request.
fn check(data: &SdkMetrics, limit: usize) -> Result<Encoding, TestCaseError> {
    let encoding = metrics(data, limit);
    let mut expected = theirs(their_metrics(data));
    for request in &encoding.requests {
        prop_assert!(request.body.len() <= limit);
        prop_assert_eq!(decode::<ExportMetricsServiceRequest>(request).items().len() as u64, request.items);
    }
    // Alone, a data point is the request that it is compared as.
    let before = expected.len();
    expected.retain(|item| item.len() <= limit);
    prop_assert_eq!(encoding.too_large, (before - expected.len()) as u64);
    prop_assert_eq!(encoding.truncated, 0);
    prop_assert_eq!(sorted(ours::<ExportMetricsServiceRequest>(&encoding)), sorted(expected));
    Ok(encoding)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn metrics_are_those_of_the_opentelemetry_exporter(data in recorded()) {
        let encoding = check(&data, PLENTY)?;
        prop_assert!(encoding.requests.len() <= 1);
        if let Some(request) = encoding.requests.first() {
            let mut request: ExportMetricsServiceRequest = decode(request);
            let mut theirs = their_metrics(&data);
            // As a whole, with metrics that have no data points as well.
            for request in [&mut request, &mut theirs] {
                for scope in &mut request.resource_metrics[0].scope_metrics {
                    scope.scope.iter_mut().for_each(sort_scope);
                }
            }
            let whole = |request: &ExportMetricsServiceRequest| {
                let scopes = &request.resource_metrics[0].scope_metrics;
                sorted(scopes.iter().flat_map(|scope| &scope.metrics).map(Message::encode_to_vec).collect())
            };
            // Scopes that are one over the wire are one here.
            prop_assert!(encoding.requests[0].body.len() <= theirs.encoded_len());
            prop_assert_eq!(whole(&request), whole(&theirs));
        }
    }

    #[test]
    fn metrics_are_split_between_their_data_points(data in recorded(), limit in 0..4000usize) {
        check(&data, limit)?;
    }
}

#[test]
fn a_metric_above_the_limit_is_in_as_few_requests_as_hold_its_data_points() {
    let recorded = Recorded::new(Resource::builder_empty().build(), Temporality::Cumulative);
    let counter = recorded.meter(opentelemetry::InstrumentationScope::default()).u64_counter("calls").build();
    (0..1000).for_each(|place| counter.add(place, &[Attribute::new("tenant", format!("tenant {place:04}"))]));
    let data = recorded.collect();
    let whole = metrics(&data, PLENTY);
    let size = whole.requests[0].body.len();
    assert_eq!((whole.requests.len(), whole.requests[0].items), (1, 1000));
    assert_eq!(metrics(&data, size).requests.len(), 1);
    for parts in [2, 3, 7] {
        // Each has the head of the metric again.
        let encoding = metrics(&data, size.div_ceil(parts) + 200);
        assert_eq!(encoding.requests.len(), parts);
        assert_eq!(ours::<ExportMetricsServiceRequest>(&encoding), ours::<ExportMetricsServiceRequest>(&whole));
    }
    assert_eq!(metrics(&data, size - 1).requests.len(), 2);
}

#[test]
fn integers_that_the_protocol_cannot_hold_are_zero() {
    use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
    let recorded = Recorded::new(Resource::builder_empty().build(), Temporality::Cumulative);
    record(&recorded.meter(opentelemetry::InstrumentationScope::default()), 4, u64::MAX, &[]);
    let encoding = metrics(&recorded.collect(), PLENTY);
    let request: ExportMetricsServiceRequest = decode(&encoding.requests[0]);
    let metric = request.resource_metrics[0].scope_metrics[0].metrics[0].clone();
    let Some(Data::Gauge(gauge)) = metric.data else { panic!("{metric:?}") };
    assert_eq!(gauge.data_points[0].value, Some(Value::AsInt(0)));
}
