//! Bodies that are broken at random: whatever comes out, nothing panics.

use std::time::{Duration, Instant};

use tachograph_llm::{Capture, Format, Framing, Limits, Request, ResponseReader};

use crate::fixture::{self, Random};

const FORMATS: [Format; 6] =
    [Format::OpenAiChat, Format::OpenAiResponses, Format::Anthropic, Format::Gemini, Format::Bedrock, Format::Ollama];
const FRAMINGS: [Framing; 4] = [Framing::Json, Framing::Sse, Framing::Ndjson, Framing::EventStream];
const ROUNDS: usize = 20_000;
/// On a slow machine fewer rounds do as well.
const TIME: Duration = Duration::from_secs(2);

fn broken(bytes: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            1 => bytes[at] = b"\"\\{}[]:,\n\r0-e\xFF"[random.below(14)],
            2 => drop(bytes.drain(at..bytes.len().min(at + 1 + random.below(40)))),
            3 => {
                let from = random.below(other.len());
                let piece = &other[from..other.len().min(from + 1 + random.below(80))];
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
            4 => {
                let piece = bytes[at..bytes.len().min(at + 200)].to_vec();
                bytes.extend(piece);
            }
            _ => bytes.truncate(at + 1),
        }
        if bytes.is_empty() {
            bytes.push(b'{');
        }
    }
    bytes
}

#[test]
fn broken_bodies_of_any_format_are_read_without_a_panic() {
    let fixtures = fixture::all();
    let mut random = Random(0xB0D1E5);
    let start = Instant::now();
    let mut events = 0;
    for _ in 0..ROUNDS {
        let fixture = &fixtures[random.below(fixtures.len())];
        let other = &fixtures[random.below(fixtures.len())];
        let bytes = broken(&fixture.bytes, &other.bytes, &mut random);
        let (format, framing) = match random.below(4) {
            0 => (FORMATS[random.below(6)], FRAMINGS[random.below(4)]),
            _ => (fixture.format, fixture.framing),
        };
        let limits = Limits::default().with_event(random.below(2000)).with_body(random.below(4000));
        let capture = Capture::default().with_text(random.below(30)).with_tool_arguments(random.below(20));
        let mut reader = ResponseReader::with_options(format, framing, limits, capture);
        let size = 1 + random.below(700);
        for chunk in bytes.chunks(size) {
            events += reader.push(chunk).events;
        }
        let _ = reader.snapshot();
        let response = reader.finish();
        assert!(response.messages.len() <= 128);
        let _ = Request::parse(format, &bytes);
        if start.elapsed() > TIME {
            break;
        }
    }
    assert!(events > 0, "nothing was read at all");
}

#[test]
fn a_broken_body_reads_the_same_in_any_chunks() {
    let fixtures = fixture::all();
    let mut random = Random(0xC0FFEE);
    for _ in 0..1500 {
        let fixture = &fixtures[random.below(fixtures.len())];
        let bytes = broken(&fixture.bytes, b"\r\r\n\ndata: {\n\n\xEF\xBB\xBF:[]{\"usage\":1}", &mut random);
        let limits = Limits::default().with_event(random.below(1500)).with_body(random.below(1500));
        let reader = ResponseReader::with_options(fixture.format, fixture.framing, limits, Capture::default());
        let mut whole = reader.clone();
        whole.push(&bytes);
        let size = 1 + random.below(200);
        let mut pieces = reader;
        bytes.chunks(size).for_each(|chunk| {
            pieces.push(chunk);
        });
        assert_eq!(
            pieces.finish(),
            whole.finish(),
            "{} in chunks of {size}: {:?}",
            fixture.name,
            String::from_utf8_lossy(&bytes)
        );
    }
}
