//! Bodies that are broken at random, read as any format in any framing: nothing panics, chunks do not matter, and limits hold.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use tachograph_llm::{Capture, Format, Framing, Kept, Limits, OutputPart, Progress, Request, Response, ResponseReader};

use crate::fixture::{self, Fixture, Random};

const FORMATS: [Format; 6] =
    [Format::OpenAiChat, Format::OpenAiResponses, Format::Anthropic, Format::Gemini, Format::Bedrock, Format::Ollama];
const FRAMINGS: [Framing; 4] = [Framing::Json, Framing::Sse, Framing::Ndjson, Framing::EventStream];
const ROUNDS: u64 = 20_000;
/// On a slow machine fewer rounds do as well, but not fewer than see every format in every framing.
const TIME: Duration = Duration::from_secs(2);
const FEWEST_ROUNDS: u64 = 1_000;
/// Of the first round. With the seed of a round that failed in its place, that round comes first.
const SEED: u64 = 0xB0D1_E500;

#[test]
fn broken_bodies_of_any_format_in_any_framing_keep_all_promises() {
    let fixtures = fixture::all();
    let mut seen = BTreeSet::new();
    let (start, mut events) = (Instant::now(), 0);
    for number in 0..ROUNDS {
        let seed = SEED + number;
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let case = Case::new(&fixtures, &mut random);
        let checked = catch_unwind(AssertUnwindSafe(|| case.check(&mut random)));
        events += checked.unwrap_or_else(|_| panic!("the round with the seed {seed:#x} failed: see above"));
        seen.insert((format!("{:?}", case.format), format!("{:?}", case.framing)));
        if number > FEWEST_ROUNDS && start.elapsed() > TIME {
            break;
        }
    }
    assert_eq!(seen.len(), FORMATS.len() * FRAMINGS.len());
    assert!(events > 0, "nothing was read at all");
}

struct Case {
    bytes: Vec<u8>,
    format: Format,
    framing: Framing,
    limits: Limits,
    capture: Capture,
}

impl Case {
    fn new(fixtures: &[Fixture], random: &mut Random) -> Self {
        let fixture = &fixtures[random.below(fixtures.len())];
        let other = &fixtures[random.below(fixtures.len())];
        let bytes = match random.below(3) {
            0 => broken(&fixture.bytes, b"\r\r\n\ndata: {\n\n\xEF\xBB\xBF:[]{\"usage\":1}", random),
            _ => broken(&fixture.bytes, &other.bytes, random),
        };
        let (format, framing) = match random.below(4) {
            0 => (FORMATS[random.below(6)], FRAMINGS[random.below(4)]),
            1 => (fixture.format, FRAMINGS[random.below(4)]),
            _ => (fixture.format, fixture.framing),
        };
        let limits = match random.below(2) {
            0 => Limits::default(),
            _ => Limits::default().with_event(random.below(2000)).with_body(random.below(4000)),
        };
        let mut most = || if random.below(3) == 0 { 0 } else { random.below(40) };
        let capture = Capture::default().with_text(most()).with_reasoning(most()).with_tool_arguments(most());
        Self { bytes, format, framing, limits, capture }
    }

    /// How many events there were.
    fn check(&self, random: &mut Random) -> u64 {
        let reader = || ResponseReader::with_options(self.format, self.framing, self.limits, self.capture);
        let mut whole = reader();
        let progress = whole.push(&self.bytes);
        let response = whole.finish();

        let (mut pieces, mut sums) = (reader(), Progress::default());
        let largest = 1 + random.below(700);
        let mut rest = &*self.bytes;
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(rest.len().min(random.below(largest + 1)));
            rest = after;
            let progress = pieces.push(chunk);
            sums.events += progress.events;
            sums.output_events += progress.output_events;
            assert!(!(sums.first_output && progress.first_output), "a second first output");
            sums.first_output |= progress.first_output;
            sums.ended = progress.ended;
            if random.below(8) == 0 {
                check_bounds(&pieces.snapshot(), self.capture);
            }
        }
        let (format, framing) = (self.format, self.framing);
        let body = String::from_utf8_lossy(&self.bytes);
        assert_eq!(pieces.finish(), response, "{format:?} {framing:?} in chunks of up to {largest}: {body:?}");
        assert_eq!(sums, progress, "{format:?} {framing:?} in chunks of up to {largest}: {body:?}");
        check_bounds(&response, self.capture);

        let mut keeps_nothing = ResponseReader::with_options(format, framing, self.limits, Capture::default());
        assert_eq!(keeps_nothing.push(&self.bytes), progress, "{format:?} {framing:?} without content: {body:?}");
        let hint = ["openai", "anthropic", "gcp.gemini", "aws.bedrock", "ollama", "?"][random.below(6)];
        let prefix = &self.bytes[..random.below(self.bytes.len() + 1)];
        let _ = (Format::detect(None, prefix), Format::detect(Some(hint), &self.bytes), Framing::detect(prefix));
        let _ = Request::parse(format, &self.bytes);
        progress.events
    }
}

/// Whether all that is kept is within what may be.
fn check_bounds(response: &Response, capture: Capture) {
    let kept = |wanted: fn(&OutputPart) -> Option<&Kept>| -> Vec<&Kept> {
        response.messages.iter().flat_map(|message| &message.parts).filter_map(wanted).collect()
    };
    let texts = kept(|part| if let OutputPart::Text(kept) = part { Some(kept) } else { None });
    let thoughts = kept(|part| if let OutputPart::Reasoning(kept) = part { Some(kept) } else { None });
    let arguments = response.tool_calls.iter().filter_map(|call| call.arguments.as_ref()).collect();
    for (kept, limit) in [(texts, capture.text), (thoughts, capture.reasoning), (arguments, capture.tool_arguments)] {
        assert!(kept.iter().all(|kept| kept.text.len() <= limit && kept.text.len() <= kept.bytes && kept.bytes > 0));
        assert!(kept.iter().map(|kept| kept.text.len()).sum::<usize>() <= 16 * limit);
        assert!(limit > 0 || kept.is_empty());
    }
    assert!(response.messages.is_empty() || capture != Capture::default());
    assert!(response.messages.len() <= 128 && response.tool_calls.len() <= 128);
    for message in &response.messages {
        assert!(message.parts.len() <= 128);
        let follows_itself = |pair: &[OutputPart]| match pair {
            [OutputPart::ToolCall(one), OutputPart::ToolCall(next)] => one >= next,
            [one, next] => std::mem::discriminant(one) == std::mem::discriminant(next),
            _ => false,
        };
        assert!(!message.parts.windows(2).any(follows_itself), "{:?}", message.parts);
        let is_call = |part: &OutputPart| !matches!(part, OutputPart::ToolCall(at) if *at >= response.tool_calls.len());
        assert!(message.parts.iter().all(is_call));
    }
    let short = [&response.id, &response.model, &response.service_tier, &response.error];
    assert!(short.into_iter().flatten().all(|text| text.len() <= 256));
}

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
