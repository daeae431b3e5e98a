//! What is too large loses the ends of its longest texts, and nothing else.

use opentelemetry::KeyValue as Attribute;
use opentelemetry::logs::{AnyValue as Any, LogRecord as _};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;

use super::hostile;
use super::input::{log, span};
use super::*;

/// The texts before and after, and that nothing else was touched.
#[derive(Default)]
struct Texts(Vec<(String, String)>);

impl Texts {
    fn text(&mut self, before: &mut String, after: &str) {
        self.0.push((std::mem::replace(before, after.to_owned()), after.to_owned()));
    }

    /// Puts the texts after the cut in place of those before.
    fn value(&mut self, before: &mut AnyValue, after: &AnyValue) {
        match (&mut before.value, &after.value) {
            (Some(Value::StringValue(before)), Some(Value::StringValue(after))) => self.text(before, after),
            (Some(Value::ArrayValue(before)), Some(Value::ArrayValue(after))) => {
                before.values.iter_mut().zip(&after.values).for_each(|(before, after)| self.value(before, after));
            }
            (Some(Value::KvlistValue(before)), Some(Value::KvlistValue(after))) => {
                self.pairs(&mut before.values, &after.values);
            }
            (before @ Some(Value::BytesValue(_)), Some(Value::StringValue(after))) if after == "…" => {
                *before = Some(Value::StringValue(after.clone()));
            }
            _ => {}
        }
    }

    fn pairs(&mut self, before: &mut [KeyValue], after: &[KeyValue]) {
        for (before, after) in before.iter_mut().zip(after) {
            before.value.iter_mut().zip(&after.value).for_each(|(before, after)| self.value(before, after));
        }
    }

    fn span(&mut self, before: &mut Span, after: &Span) {
        self.pairs(&mut before.attributes, &after.attributes);
        for (before, after) in before.events.iter_mut().zip(&after.events) {
            self.pairs(&mut before.attributes, &after.attributes);
        }
        for (before, after) in before.links.iter_mut().zip(&after.links) {
            self.pairs(&mut before.attributes, &after.attributes);
        }
        before.status.iter_mut().zip(&after.status).for_each(|(b, a)| self.text(&mut b.message, &a.message));
    }

    fn record(&mut self, before: &mut LogRecord, after: &LogRecord) {
        before.body.iter_mut().zip(&after.body).for_each(|(before, after)| self.value(before, after));
        self.pairs(&mut before.attributes, &after.attributes);
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let was_cut = |(before, after): &&(String, String)| before != after;
        let longest_cut = self.0.iter().filter(was_cut).map(|(_, after)| after.len()).max().unwrap_or(usize::MAX);
        for (before, after) in &self.0 {
            if before == after {
                prop_assert!(
                    after.len() <= longest_cut.saturating_add(4),
                    "longer than those that were cut: {after:?}"
                );
            } else {
                prop_assert!(after.len() < before.len());
                prop_assert!(
                    after.strip_suffix('…').is_some_and(|kept| before.starts_with(kept)),
                    "{before:?}: {after:?}"
                );
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_lose_the_ends_of_their_longest_texts(span in span(), part in 20..100usize) {
        let resource = EncodedResource::from(&Resource::builder_empty().build());
        let one = |limit| spans(std::slice::from_ref(&span), &resource, limit);
        let whole = one(PLENTY);
        let limit = whole.requests[0].body.len() * part / 100;
        let encoding = one(limit);
        if encoding.truncated == 1 {
            let span = |encoding: &Encoding| {
                decode::<ExportTraceServiceRequest>(&encoding.requests[0]).resource_spans[0].scope_spans[0].spans[0].clone()
            };
            let (mut before, after, mut texts) = (span(&whole), span(&encoding), Texts::default());
            texts.span(&mut before, &after);
            texts.check()?;
            prop_assert_eq!(before.encode_to_vec(), after.encode_to_vec());
            // One byte more for each text is too much; lengths may be longer by a few bytes then.
            let tolerance = texts.0.len() * 12 + 24;
            prop_assert!(encoding.requests[0].body.len() + tolerance >= limit);
        }
    }

    #[test]
    fn log_records_lose_the_ends_of_their_longest_texts(log in log(), part in 20..100usize) {
        let resource = EncodedResource::from(&Resource::builder_empty().build());
        let one = |limit| logs(std::slice::from_ref(&log), &resource, limit);
        let whole = one(PLENTY);
        let encoding = one(whole.requests[0].body.len() * part / 100);
        if encoding.truncated == 1 {
            let record = |encoding: &Encoding| {
                decode::<ExportLogsServiceRequest>(&encoding.requests[0]).resource_logs[0].scope_logs[0].log_records[0].clone()
            };
            let (mut before, after, mut texts) = (record(&whole), record(&encoding), Texts::default());
            texts.record(&mut before, &after);
            texts.check()?;
            prop_assert_eq!(before.encode_to_vec(), after.encode_to_vec());
        }
    }
}

#[test]
fn the_longest_text_is_cut_between_characters_and_the_others_stay() {
    let resource = EncodedResource::from(&Resource::builder_empty().build());
    let mut span = hostile::span();
    let prompt = "😀".repeat(2_000_000);
    span.attributes = vec![Attribute::new("prompt", prompt.clone()), Attribute::new("model", "gpt-4o")];
    for limit in 3_500_000..3_500_008 {
        let encoding = spans(std::slice::from_ref(&span), &resource, limit);
        assert_eq!((encoding.truncated, encoding.too_large), (1, 0));
        assert!((limit - 8..=limit).contains(&encoding.requests[0].body.len()));
        let request: ExportTraceServiceRequest = decode(&encoding.requests[0]);
        let attributes = &request.resource_spans[0].scope_spans[0].spans[0].attributes;
        let text = |place: usize| match attributes[place].value.as_ref().unwrap().value.as_ref().unwrap() {
            Value::StringValue(text) => text.as_str(),
            other => panic!("{other:?}"),
        };
        assert!(prompt.starts_with(text(0).strip_suffix('…').unwrap()));
        assert_eq!(text(1), "gpt-4o");
    }
}

#[test]
fn bytes_that_are_too_many_leave_a_mark() {
    let resource = EncodedResource::from(&Resource::builder_empty().build());
    let (mut record, scope) = hostile::log();
    record.set_body(Any::Bytes(Box::new(vec![7; 5000])));
    record.add_attribute("small", Any::Bytes(Box::new(vec![7; 50])));
    let encoding = logs(&[(record, scope)], &resource, 1000);
    assert_eq!((encoding.truncated, encoding.too_large), (1, 0));
    let request: ExportLogsServiceRequest = decode(&encoding.requests[0]);
    let record = &request.resource_logs[0].scope_logs[0].log_records[0];
    assert_eq!(record.body.as_ref().unwrap().value, Some(Value::StringValue("…".to_owned())));
    assert_eq!(record.attributes[0].value.as_ref().unwrap().value, Some(Value::BytesValue(vec![7; 50])));
}

#[test]
fn what_cannot_be_cut_is_left_out_and_counted() {
    let resource = EncodedResource::from(&Resource::builder_empty().build());
    let mut large = hostile::span();
    large.attributes = vec![Attribute::new("k".repeat(5000), "v")];
    let batch = [hostile::span(), large, hostile::span()];
    let encoding = spans(&batch, &resource, 1000);
    assert_eq!((encoding.truncated, encoding.too_large), (0, 1));
    assert_eq!(encoding.requests.iter().map(|request| request.items).sum::<u64>(), 2);
    assert_eq!(ours::<ExportTraceServiceRequest>(&encoding).len(), 2);
}
