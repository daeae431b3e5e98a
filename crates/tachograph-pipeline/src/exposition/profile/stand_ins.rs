//! Streams that say the same as others under a later name.
//!
//! Calls to models may be recorded under two generations of names, or under both at once. Profiles name the established streams, and
//! this table says which of the latest ones stand in for them: in the scopes that have no established one, so that nothing is counted
//! twice. It is decided scope by scope, because every library in the process makes its own choice.

use opentelemetry::KeyValue;
use tachograph_core::semconv::{attribute, metric, value};

/// A stream that says the same as another under a later name.
struct StandIn {
    established: &'static str,
    latest: &'static str,
    /// What the established stream says by an attribute, and the latest one by its name.
    adds: Option<(&'static str, &'static str)>,
}

/// The latest names of the established streams. The latest counters say 0 of a call whose tokens are not known, where the established
/// histogram says nothing: a projected counter may then begin at 0.
const STAND_INS: &[StandIn] = &[
    StandIn { established: metric::LLM_DURATION, latest: metric::INFERENCE_DURATION, adds: None },
    StandIn { established: metric::LLM_DURATION, latest: metric::EMBEDDINGS_DURATION, adds: None },
    StandIn { established: metric::LLM_TOKEN_USAGE, latest: metric::USAGE_INPUT_TOKENS, adds: Some(INPUT) },
    StandIn { established: metric::LLM_TOKEN_USAGE, latest: metric::USAGE_OUTPUT_TOKENS, adds: Some(OUTPUT) },
    // Inferences have a histogram beside their counters, embeddings have only this.
    StandIn { established: metric::LLM_TOKEN_USAGE, latest: metric::EMBEDDINGS_INPUT_TOKENS, adds: Some(INPUT) },
];
const INPUT: (&str, &str) = (attribute::GEN_AI_TOKEN_TYPE, value::INPUT);
const OUTPUT: (&str, &str) = (attribute::GEN_AI_TOKEN_TYPE, value::OUTPUT);

/// Whether this instrument is one that others may stand in for.
pub(crate) fn is_established(instrument: &str) -> bool {
    STAND_INS.iter().any(|stand_in| stand_in.established == instrument)
}

/// The stream in whose place this instrument may stand, and what its name adds to its attributes.
pub(crate) fn stands_in_for(instrument: &str) -> impl Iterator<Item = (&'static str, Option<KeyValue>)> {
    STAND_INS
        .iter()
        .filter(move |stand_in| stand_in.latest == instrument)
        .map(|stand_in| (stand_in.established, stand_in.adds.map(|(key, value)| KeyValue::new(key, value))))
}
