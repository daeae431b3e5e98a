//! The arithmetic of consistent probability sampling: a random number of 56 bits for each trace, and a threshold for each ratio.
//!
//! See "Probability sampling" and "Tracestate handling" of the OpenTelemetry specification.

use std::fmt::Write as _;

use opentelemetry::trace::{TraceId, TraceState};

const BITS: u32 = 56;
const DIGITS: usize = 14;
/// No random number reaches it.
const NEVER: u64 = 1 << BITS;
/// The key of OpenTelemetry in `tracestate`.
const VENDOR: &str = "ot";

/// The random number of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Randomness(u64);

impl Randomness {
    /// What was told explicitly, or else the end of the trace id.
    pub(super) fn of(trace_id: TraceId, state: &TraceState) -> Self {
        let told = field(state, "rv").filter(|digits| digits.len() == DIGITS).and_then(hex);
        let [.., a, b, c, d, e, f, g] = trace_id.to_bytes();
        Self(told.unwrap_or_else(|| u64::from_be_bytes([0, a, b, c, d, e, f, g])))
    }
}

/// What a random number has to reach. A greater one keeps less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Threshold(u64);

impl Threshold {
    /// `None` unless the ratio is from 0 to 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "it is in the range"
    )]
    pub(super) fn new(ratio: f64) -> Option<Self> {
        (0.0..=1.0).contains(&ratio).then(|| Self(NEVER - (ratio * NEVER as f64).round() as u64))
    }

    pub(super) fn keeps(self, randomness: Randomness) -> bool {
        randomness.0 >= self.0
    }

    /// `state` with this threshold in it, in the place of the one before.
    pub(super) fn tell(self, state: &TraceState) -> TraceState {
        // A span that is kept has reached it, so it has at most 14 digits.
        let mut told = format!("th:{}", self.digits());
        let others = state
            .get(VENDOR)
            .unwrap_or_default()
            .split(';')
            .filter(|field| !field.is_empty() && !field.starts_with("th:"));
        for other in others {
            let _ = write!(told, ";{other}");
        }
        // A state that cannot take it is told on as it is.
        state.insert(VENDOR, told).unwrap_or_else(|_| state.clone())
    }

    /// Hexadecimal, without the zeros at the end.
    fn digits(self) -> String {
        let digits = format!("{:014x}", self.0);
        let short = digits.trim_end_matches('0');
        if short.is_empty() { "0".to_owned() } else { short.to_owned() }
    }
}

/// The threshold of the span above, if it tells one.
pub(super) fn told(state: &TraceState) -> Option<Threshold> {
    let digits = field(state, "th").filter(|digits| (1..=DIGITS).contains(&digits.len()))?;
    let missing = u32::try_from(DIGITS - digits.len()).ok()?;
    Some(Threshold(hex(digits)? << (4 * missing)))
}

fn field<'a>(state: &'a TraceState, name: &str) -> Option<&'a str> {
    let fields = state.get(VENDOR)?.split(';').filter_map(|field| field.split_once(':'));
    fields.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Small letters alone, as the specification has them.
fn hex(digits: &str) -> Option<u64> {
    let is_hex = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(ot: &str) -> TraceState {
        TraceState::from_key_value([("other", "1"), (VENDOR, ot)]).unwrap()
    }

    /// The examples of the specification.
    #[test]
    fn ratios_become_thresholds_of_the_specification() {
        let cases = [(1.0, "0"), (0.5, "8"), (0.25, "c"), (0.75, "4"), (0.0625, "f")];
        for (ratio, digits) in cases {
            assert_eq!(Threshold::new(ratio).unwrap().digits(), digits, "{ratio}");
        }
        assert!(Threshold::new(0.1).unwrap().digits().starts_with("e6666666666"));
        assert_eq!(Threshold::new(0.0).unwrap(), Threshold(NEVER));
        for ratio in [-0.1, 1.1, f64::NAN] {
            assert_eq!(Threshold::new(ratio), None);
        }
    }

    #[test]
    fn nothing_is_kept_at_0_and_everything_at_1() {
        for randomness in [0, 1, NEVER - 1].map(Randomness) {
            assert!(!Threshold::new(0.0).unwrap().keeps(randomness));
            assert!(Threshold::new(1.0).unwrap().keeps(randomness));
        }
        let half = Threshold::new(0.5).unwrap();
        assert!(half.keeps(Randomness(NEVER / 2)) && !half.keeps(Randomness(NEVER / 2 - 1)));
    }

    #[test]
    fn the_random_number_is_the_end_of_the_trace_id_or_what_is_told() {
        let id = TraceId::from_hex("ffffffffffffffffff0123456789abcd").unwrap();
        assert_eq!(Randomness::of(id, &TraceState::NONE), Randomness(0x0001_2345_6789_abcd));
        assert_eq!(Randomness::of(id, &state("th:8;rv:6e6d1a75832a2f")), Randomness(0x006e_6d1a_7583_2a2f));
        for wrong in ["rv:6e6d1a75832a2", "rv:6E6D1A75832A2F", "rv:+e6d1a75832a2f", "rv", ""] {
            assert_eq!(Randomness::of(id, &state(wrong)), Randomness::of(id, &TraceState::NONE), "{wrong}");
        }
    }

    #[test]
    fn a_threshold_is_told_beside_what_others_told() {
        let half = Threshold::new(0.5).unwrap();
        assert_eq!(half.tell(&TraceState::NONE).header(), "ot=th:8");
        assert_eq!(half.tell(&state("th:4;rv:6e6d1a75832a2f;x:1")).get(VENDOR), Some("th:8;rv:6e6d1a75832a2f;x:1"));
        assert_eq!(half.tell(&state("")).get("other"), Some("1"));
        assert_eq!(told(&half.tell(&TraceState::NONE)), Some(half));
        assert_eq!(told(&state("th:c8")), Some(Threshold(0xc8 << 48)));
        for wrong in ["th:", "th:8G", "th:000000000000000", "rv:1"] {
            assert_eq!(told(&state(wrong)), None, "{wrong}");
        }
    }
}
