//! Bytes and texts of bodies, whole and in pieces.

use tachograph_core::ContentPolicy;
use tachograph_llm::{Framing, LlmResponse, tell};

use crate::{
    facts::{self, Facts, observed},
    fixture::{self, Fixture, Random},
};

fn expected(fixture: &Fixture) -> Facts {
    facts::of(ContentPolicy::none(), |call| tell(call, Some(fixture.format), &fixture.read()))
}

#[test]
fn whole_body_tells_what_it_says_and_has_no_chunks() {
    for fixture in fixture::all() {
        assert_eq!(observed([&fixture.bytes]).without_chunks(), expected(&fixture), "{}", fixture.name);
        let response = fixture.read();
        if response.complete {
            assert_eq!(observed([&fixture.bytes]).chunks, (0, 0), "{}", fixture.name);
        }
    }
}

#[test]
fn body_in_odd_pieces_tells_what_it_says_and_counts_its_chunks() {
    let mut random = Random(0xB0D1E5);
    for fixture in fixture::all() {
        let expected = expected(&fixture);
        let output_events = fixture.reader().push(&fixture.bytes).output_events;
        for largest in [1, 2, 3, 7, 50, 500, 5000] {
            let mut rest = &*fixture.bytes;
            let pieces: Vec<&[u8]> = std::iter::from_fn(|| {
                let (piece, after) = rest.split_at(rest.len().min(1 + random.below(largest)));
                rest = after;
                (!piece.is_empty()).then_some(piece)
            })
            .collect();
            let found = observed(pieces.iter().copied());
            if fixture.framing != Framing::Json && largest < 8 && output_events > 0 {
                assert_eq!(found.chunks, (1, output_events - 1), "{} in pieces up to {largest}", fixture.name);
            }
            if fixture.framing == Framing::Json && !fixture.bytes.starts_with(b"[") {
                assert_eq!(found.chunks, (0, 0), "{} in pieces up to {largest}", fixture.name);
            }
            assert_eq!(found.without_chunks(), expected, "{} in pieces up to {largest}", fixture.name);
        }
    }
}

#[test]
fn pieces_of_a_stream_count_the_events_that_they_bring() {
    let fixture = fixture::of("openai_chat/stream.sse");
    let output_events = fixture.reader().push(&fixture.bytes).output_events;
    // Cut in the middle of the third event.
    let third = memchr::memmem::find_iter(&fixture.bytes, b"data:").nth(2).unwrap() + 9;
    let (head, tail) = fixture.bytes.split_at(third);
    assert_eq!(observed([head, tail]).chunks, (1, output_events - 1));
    assert_eq!(observed([head.to_vec(), tail.to_vec()]).chunks, (1, output_events - 1));
}

#[test]
fn body_as_text_tells_the_same() {
    let mut texts = 0;
    for fixture in fixture::all() {
        let Ok(text) = String::from_utf8(fixture.bytes.clone()) else { continue };
        // An error in prose may be what a model wrote.
        if fixture.name == "ollama/error.json" {
            assert!(observed([&text]).is_silent());
            continue;
        }
        let expected = expected(&fixture);
        assert_eq!(observed([&text]).without_chunks(), expected, "{}", fixture.name);
        let pieces = text.split_inclusive([' ', '\n', ':']);
        assert_eq!(observed(pieces).without_chunks(), expected, "{} in pieces", fixture.name);
        texts += 1;
    }
    assert!(texts > 30);
}

#[cfg(feature = "bytes")]
#[test]
fn owned_bytes_tell_the_same() {
    let fixture = fixture::of("anthropic/stream.sse");
    let bytes = bytes::Bytes::from(fixture.bytes.clone());
    assert_eq!(observed([bytes]).without_chunks(), expected(&fixture));
}

#[test]
fn long_body_is_recognised_though_what_shows_it_comes_late() {
    let long = "x".repeat(200_000);
    let body = format!(
        r#"{{"output":{{"message":{{"role":"assistant","content":[{{"text":"{long}"}}]}}}},"stopReason":"end_turn","usage":{{"inputTokens":9,"outputTokens":4,"totalTokens":13}}}}"#
    );
    assert_eq!(observed([body.as_bytes()]).tokens()[..2], [Some(9), Some(4)]);
    assert_eq!(observed([&*body]).tokens()[..2], [Some(9), Some(4)]);
}

#[test]
fn observing_costs_nothing_where_nothing_is_tracked() {
    let call = tachograph_core::LlmRequest::new("test", "asked").start();
    let body = fixture::of("openai_chat/answer.json").bytes;
    let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let text = String::from_utf8(body.clone()).unwrap();
    let allocations = allocation_counter::measure(|| {
        body.observe(&call);
        value.observe(&call);
        text.observe(&call);
    });
    assert_eq!(allocations.count_total, 0);
}
