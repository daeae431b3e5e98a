//! W3C trace context on the wire.

use std::str::FromStr as _;

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator, text_map_propagator::FieldIter},
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// `00-{trace id}-{span id}-{flags}`.
const TRACEPARENT_BYTES: usize = 55;

/// The propagator of W3C Trace Context, level 1: what the SDK's does, with less work, since every request of a server
/// pays for it.
///
/// It is stricter than the SDK's where the recommendation is: fields have their exact lengths, and behind them there is more only in
/// later versions and behind a dash. A trace state that is not valid is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceContext(());

impl TraceContext {
    /// The propagator.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

/// What a `traceparent` says, without its trace state; `None` where it is malformed.
///
/// Trace Context, section 3.2: lower-case hexadecimal fields, no id all zero, version `ff` forbidden, and a version that is not known yet
/// may have more behind a further dash. Of the flags only "sampled" is kept.
#[must_use]
pub fn parse_traceparent(text: &str) -> Option<(TraceId, SpanId, TraceFlags)> {
    let (known, further) = text.as_bytes().split_first_chunk::<TRACEPARENT_BYTES>()?;
    if known[2] != b'-' || known[35] != b'-' || known[52] != b'-' {
        return None;
    }
    let (version, high, low) = (hex::<0, 2>(known), hex::<3, 16>(known), hex::<19, 16>(known));
    let (span_id, flags) = (hex::<36, 16>(known), hex::<53, 2>(known));
    if (version.1 | high.1 | low.1 | span_id.1 | flags.1) & NO_DIGIT != 0 {
        return None;
    }
    let trace_id = (u128::from(high.0) << 64) | u128::from(low.0);
    let known_form = further.is_empty() || (version.0 != 0 && further[0] == b'-');
    if trace_id == 0 || span_id.0 == 0 || version.0 == 0xff || !known_form {
        return None;
    }
    let flags = if flags.0 & 1 == 1 { TraceFlags::SAMPLED } else { TraceFlags::default() };
    Some((TraceId::from(trace_id), SpanId::from(span_id.0), flags))
}

/// Value of every byte as a lower-case hexadecimal digit; what is none has a high bit.
const DIGITS: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digit += 1;
    }
    values
};
const NO_DIGIT: u8 = 0x80;

/// The number of `N` digits from `AT` on, and [`NO_DIGIT`] where one of them was none.
fn hex<const AT: usize, const N: usize>(text: &[u8; TRACEPARENT_BYTES]) -> (u64, u8) {
    let (mut number, mut seen) = (0, 0);
    for digit in &text[AT..AT + N] {
        let value = DIGITS[usize::from(*digit)];
        seen |= value;
        number = (number << 4) | u64::from(value & 15);
    }
    (number, seen & NO_DIGIT)
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
        }
    }
}

impl TextMapPropagator for TraceContext {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span = span.span_context();
        if !span.is_valid() {
            return;
        }
        let mut traceparent = String::with_capacity(TRACEPARENT_BYTES);
        traceparent.push_str("00-");
        push_hex(&mut traceparent, &span.trace_id().to_bytes());
        traceparent.push('-');
        push_hex(&mut traceparent, &span.span_id().to_bytes());
        traceparent.push_str(if span.is_sampled() { "-01" } else { "-00" });
        injector.set(TRACEPARENT, traceparent);
        // Over what an earlier hop left in the carrier: an empty one says that there is none.
        injector.set(TRACESTATE, span.trace_state().header());
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some((trace_id, span_id, flags)) =
            extractor.get(TRACEPARENT).and_then(|text| parse_traceparent(text.trim()))
        else {
            return cx.clone();
        };
        let state = extractor.get(TRACESTATE).and_then(|state| TraceState::from_str(state).ok()).unwrap_or_default();
        cx.with_remote_span_context(SpanContext::new(trace_id, span_id, flags, true, state))
    }

    fn fields(&self) -> FieldIter<'_> {
        // The trait wants fields that live as long as the propagator.
        static FIELDS: std::sync::LazyLock<[String; 2]> =
            std::sync::LazyLock::new(|| [TRACEPARENT.to_owned(), TRACESTATE.to_owned()]);
        FieldIter::new(&*FIELDS)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use opentelemetry_sdk::propagation::TraceContextPropagator;

    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn seen(propagator: &dyn TextMapPropagator, traceparent: &str, state: &str) -> SpanContext {
        let carrier: HashMap<String, String> =
            [("traceparent".to_owned(), traceparent.to_owned()), ("tracestate".to_owned(), state.to_owned())].into();
        let context = propagator.extract_with_context(&Context::new(), &carrier);
        context.span().span_context().clone()
    }

    #[test]
    fn a_traceparent_is_read_as_the_sdk_reads_it() {
        for good in [
            GOOD,
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff",
            "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-02",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what the future brings",
        ] {
            for state in ["", "a=1,b=2", "not a state"] {
                let ours = seen(&TraceContext::new(), good, state);
                assert!(ours.is_valid() && ours.is_remote(), "{good}");
                assert_eq!(ours, seen(&TraceContextPropagator::new(), good, state), "{good} {state}");
            }
        }
    }

    #[test]
    fn a_traceparent_of_any_other_form_is_none() {
        for bad in [
            "",
            "00",
            "----",
            &GOOD[1..],
            &GOOD[..54],
            &format!("{GOOD}-"),
            &format!("{GOOD}-00"),
            &format!("{GOOD}0"),
            &GOOD.replacen("00", "ff", 1),
            &GOOD.replacen("00", "0x", 1),
            &GOOD.to_uppercase(),
            &GOOD.replace('-', "_"),
            &GOOD.replace("0af7", "0ag7"),
            &GOOD.replace("0af7", "+af7"),
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\u{e9}-01",
        ] {
            assert_eq!(parse_traceparent(bad), None, "{bad}");
            assert!(!seen(&TraceContext::new(), bad, "").is_valid(), "{bad}");
        }
    }

    #[test]
    fn what_is_sent_is_what_the_sdk_sends() {
        for flags in [TraceFlags::SAMPLED, TraceFlags::default()] {
            for state in ["", "a=1,b=2"] {
                let state = if state.is_empty() { TraceState::default() } else { state.parse().unwrap() };
                let span = SpanContext::new(TraceId::from(0xabc), SpanId::from(u64::MAX), flags, false, state);
                let context = Context::new().with_remote_span_context(span);
                let (mut ours, mut theirs) = (HashMap::new(), HashMap::new());
                TraceContext::new().inject_context(&context, &mut ours);
                TraceContextPropagator::new().inject_context(&context, &mut theirs);
                assert_eq!(ours, theirs);
            }
        }
        let mut nothing = HashMap::new();
        TraceContext::new().inject_context(&Context::new(), &mut nothing);
        assert!(nothing.is_empty());
        assert_eq!(TraceContext::new().fields().collect::<Vec<_>>(), ["traceparent", "tracestate"]);
    }
}
