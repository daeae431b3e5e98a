//! The chunks that a body comes in do not matter.

use tachograph_llm::{Capture, Limits, OutputPart, Response, ResponseReader};

use crate::fixture::{self, Fixture, Random};

/// The response, and the sum of what the chunks brought: events, those with output, first outputs.
fn read<'a>(mut reader: ResponseReader, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Response, [u64; 3]) {
    let mut sums = [0; 3];
    for chunk in chunks {
        let progress = reader.push(chunk);
        assert_eq!(progress.output_events > 0, sums[1] > 0 && progress.events > 0 || progress.first_output);
        sums[0] += progress.events;
        sums[1] += progress.output_events;
        sums[2] += u64::from(progress.first_output);
    }
    (reader.finish(), sums)
}

/// One for every way of keeping content: all, nothing, a kind alone, and little of each.
fn readers(fixture: &Fixture) -> Vec<ResponseReader> {
    let captures = [
        Capture::default(),
        Capture::default().with_text(1000),
        Capture::default().with_reasoning(1000),
        Capture::default().with_tool_arguments(1000),
        Capture::default().with_text(5).with_reasoning(3).with_tool_arguments(2),
    ];
    let keeping = |capture| ResponseReader::with_options(fixture.format, fixture.framing, Limits::default(), capture);
    [fixture.reader()].into_iter().chain(captures.map(keeping)).collect()
}

/// Whether all that is known now is the beginning of what is known in the end.
fn begins(end: &Response, now: &Response) -> bool {
    let is_beginning = |(end, now): (&OutputPart, &OutputPart)| match (end, now) {
        (OutputPart::Text(end), OutputPart::Text(now)) | (OutputPart::Reasoning(end), OutputPart::Reasoning(now)) => {
            end.text.starts_with(&now.text) && now.bytes <= end.bytes
        }
        (end, now) => end == now,
    };
    now.messages.len() <= end.messages.len()
        && end
            .messages
            .iter()
            .zip(&now.messages)
            .all(|(end, now)| now.parts.len() <= end.parts.len() && end.parts.iter().zip(&now.parts).all(is_beginning))
}

#[test]
fn a_body_that_is_cut_at_any_byte_reads_the_same() {
    for fixture in fixture::all() {
        // One that keeps all, one that keeps nothing.
        for reader in &readers(&fixture)[..2] {
            let whole = read(reader.clone(), [&*fixture.bytes]);
            for at in 0..=fixture.bytes.len() {
                let (head, tail) = fixture.bytes.split_at(at);
                assert_eq!(read(reader.clone(), [head, tail]), whole, "{} cut at {at}", fixture.name);
            }
        }
    }
}

#[test]
fn a_body_that_comes_byte_by_byte_or_in_any_chunks_reads_the_same() {
    let mut random = Random(0x5EED);
    for fixture in fixture::all() {
        for reader in readers(&fixture) {
            let whole = read(reader.clone(), [&*fixture.bytes]);
            assert_eq!(read(reader.clone(), fixture.bytes.chunks(1)), whole, "{} byte by byte", fixture.name);
            for _ in 0..40 {
                let largest = 1 + random.below(300);
                let mut rest = &*fixture.bytes;
                let chunks = std::iter::from_fn(|| {
                    let (chunk, after) = rest.split_at(rest.len().min(random.below(largest + 1)));
                    rest = after;
                    (!chunk.is_empty() || !rest.is_empty()).then_some(chunk)
                });
                assert_eq!(read(reader.clone(), chunks), whole, "{} in chunks up to {largest}", fixture.name);
            }
        }
    }
}

#[test]
fn what_is_known_half_way_never_exceeds_what_is_known_in_the_end() {
    for fixture in fixture::all() {
        for mut reader in readers(&fixture) {
            let end = {
                let mut reader = reader.clone();
                reader.push(&fixture.bytes);
                reader.finish()
            };
            let most = end.usage.unwrap_or_default();
            for byte in &fixture.bytes {
                reader.push(std::slice::from_ref(byte));
                let now = reader.snapshot();
                let usage = now.usage.unwrap_or_default();
                let name = &fixture.name;
                assert!(usage.input <= most.input && usage.output <= most.output, "{name}: {usage:?} of {most:?}");
                assert!(
                    usage.cache_read <= most.cache_read && usage.cache_write <= most.cache_write,
                    "{name}: {usage:?}"
                );
                assert!(usage.reasoning <= most.reasoning, "{name}: {usage:?}");
                assert!(now.tool_calls.len() <= end.tool_calls.len(), "{name}");
                assert!(begins(&end, &now), "{name}: {now:?}");
                assert!(!now.complete || end.complete, "{name}");
            }
        }
    }
}

#[test]
fn an_abandoned_stream_keeps_the_figures_that_came_before() {
    for (name, input, output) in [
        ("anthropic/stream.sse", 2060, Some(1)),
        ("gemini/stream.sse", 57, Some(64)),
        ("compatible/vllm.sse", 15, Some(3)),
    ] {
        let fixture = fixture::of(name);
        let at =
            memchr::memmem::find(&fixture.bytes, b" at").or(memchr::memmem::find(&fixture.bytes, b" four")).unwrap();
        let mut reader = fixture.quick_reader();
        reader.push(&fixture.bytes[..at]);
        for response in [reader.snapshot(), reader.finish()] {
            let usage = response.usage.unwrap();
            assert_eq!((usage.input, usage.output), (Some(input), output), "{name}");
            assert!(!response.complete, "{name}");
        }
    }
}

#[test]
fn the_first_output_is_told_once_and_in_its_own_chunk() {
    for (name, first) in [
        ("openai_chat/stream.sse", "\"Tide\""),
        ("openai_chat/stream_tools.sse", "call_fxC"),
        ("openai_responses/stream.sse", "**Looking**"),
        ("openai_responses/stream_tools.sse", "call_fxE"),
        ("anthropic/stream.sse", "Spring tide?"),
        ("anthropic/stream_tools.sse", "toolu_02fx"),
        ("gemini/stream.sse", "Think"),
        ("bedrock/stream.events", "Hm"),
        ("ollama/chat.ndjson", "Hm"),
        ("compatible/deepseek.sse", "Hm"),
        ("compatible/azure.sse", "Calm"),
        ("compatible/openrouter.sse", "Counting"),
    ] {
        let fixture = fixture::of(name);
        let mut reader = fixture.quick_reader();
        let at = memchr::memmem::find(&fixture.bytes, first.as_bytes()).unwrap();
        assert!(!reader.push(&fixture.bytes[..at]).first_output, "{name}: too early");
        let event = fixture.bytes[at..].len().min(600);
        assert!(reader.push(&fixture.bytes[at..at + event]).first_output, "{name}");
        assert!(!reader.push(&fixture.bytes[at + event..]).first_output, "{name}: a second time");
    }
}

#[test]
fn a_stream_ends_where_its_provider_says_so() {
    for (name, ends) in [
        ("openai_chat/stream.sse", true),
        ("openai_chat/stream_error.sse", false),
        ("openai_responses/stream.sse", true),
        ("openai_responses/stream_failed.sse", true),
        ("anthropic/stream.sse", true),
        ("anthropic/stream_error.sse", true),
        ("gemini/stream.sse", false),
        ("bedrock/stream.events", true),
        ("bedrock/stream_exception.events", true),
        ("ollama/generate.ndjson", true),
    ] {
        let fixture = fixture::of(name);
        let mut reader = fixture.quick_reader();
        let last = fixture.bytes.len() - 1;
        let _ = reader.push(&fixture.bytes[..last - 2]);
        assert_eq!(reader.push(&fixture.bytes[last - 2..]).ended, ends, "{name}");
    }
}

#[test]
fn an_event_that_broke_off_takes_no_figure_away() {
    for name in ["gemini/stream.sse", "compatible/vllm.sse"] {
        let fixture = fixture::of(name);
        let mut reader = fixture.quick_reader();
        for byte in &fixture.bytes {
            reader.push(std::slice::from_ref(byte));
            let known = reader.snapshot().usage;
            let abandoned = reader.clone().finish().usage;
            assert!(abandoned.and_then(|usage| usage.output) >= known.and_then(|usage| usage.output), "{name}");
            assert!(abandoned.and_then(|usage| usage.input) >= known.and_then(|usage| usage.input), "{name}");
        }
    }
}
