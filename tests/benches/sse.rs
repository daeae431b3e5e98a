//! What reading a streamed answer on its way costs over the bare stream, beside what parses all of it.
//!
//! `cargo bench -p tests --bench sse` (and `-- words`: the bare stream and the variants whose names have these). A stream lies in memory, cut into chunks as a network cuts it, and is read to its end, one item after
//! the other. All variants take turns in rounds, and the best round of each counts, in CPU time of this thread. Trust the ratios of one run,
//! not its nanoseconds; allocations are exact.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at what is wrong"
)]

use std::{convert::Infallible, hint::black_box};

use bytes::Bytes;
use eventsource_stream::Eventsource as _;
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use serde::{Deserialize, de::DeserializeOwned};
use sse_stream::SseByteStream;
use tachograph::{
    LlmRequest,
    llm::{Format, Framing, ResponseReader},
    track_llm_request,
};
use tests::variants::telemetry;

const ROUNDS: usize = 301;
const EVENTS: usize = 2_000;
/// What one read of a socket brings, about.
const CHUNK: usize = 1_400;
/// Events of OpenAI are of one length each, by their padding.
const OPENAI_EVENT: usize = 257;

/// A streamed answer with so many pieces of text.
struct Body {
    format: Format,
    events: usize,
    chunks: Vec<Bytes>,
}

impl Body {
    fn openai(words: usize) -> (Format, Vec<String>) {
        let event = |choices: &str, usage: &str| {
            let id = "chatcmpl-CGqZrX3fVwYb0kAqJp1mS8uTn5eLd";
            format!(
                "data: {{\"id\":\"{id}\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"gpt-5\",\
                 \"choices\":[{choices}],\"usage\":{usage},\"obfuscation\":\"\"}}\n\n"
            )
        };
        let choice = |delta: &str, finish: &str| {
            format!("{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}")
        };
        let mut events = vec![event(&choice("{\"role\":\"assistant\",\"content\":\"\"}", "null"), "null")];
        for word in words_of(words) {
            let mut event = event(&choice(&format!("{{\"content\":\"{word}\"}}"), "null"), "null");
            let padding = "k".repeat(OPENAI_EVENT - event.len());
            event.insert_str(event.len() - "\"}\n\n".len(), &padding);
            events.push(event);
        }
        events.push(event(&choice("{}", "\"stop\""), "null"));
        events.push(event("", "{\"prompt_tokens\":120,\"completion_tokens\":2000,\"total_tokens\":2120}"));
        events.push("data: [DONE]\n\n".to_owned());
        (Format::OpenAiChat, events)
    }

    fn anthropic(words: usize) -> (Format, Vec<String>) {
        let event = |kind: &str, rest: &str| format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{rest}}}\n\n");
        let message = "{\"id\":\"msg_01\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\",\"content\":[],\
                       \"stop_reason\":null,\"usage\":{\"input_tokens\":120,\"output_tokens\":1}}";
        let mut events = vec![
            event("message_start", &format!(",\"message\":{message}")),
            event("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"),
        ];
        let delta = |word| format!(",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{word}\"}}");
        events.extend(words_of(words).map(|word| event("content_block_delta", &delta(word))));
        events.push(event("content_block_stop", ",\"index\":0"));
        events.push(event(
            "message_delta",
            ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2000}",
        ));
        events.push(event("message_stop", ""));
        (Format::Anthropic, events)
    }

    /// Cut into chunks of this size, or one event a chunk.
    fn cut((format, events): (Format, Vec<String>), chunk: Option<usize>) -> Self {
        let chunks = match chunk {
            Some(size) => events.concat().as_bytes().chunks(size).map(Bytes::copy_from_slice).collect(),
            None => events.iter().map(|event| Bytes::copy_from_slice(event.as_bytes())).collect(),
        };
        Self { format, events: events.len(), chunks }
    }

    fn bytes(&self) -> usize {
        self.chunks.iter().map(Bytes::len).sum()
    }

    fn stream(&self) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + use<> {
        stream::iter(self.chunks.clone()).map(Ok)
    }
}

fn words_of(count: usize) -> impl Iterator<Item = &'static str> {
    [" the", " tide", " rises", " at", " six", ",", " says", " my", " almanac", " of", " twenty", "-six", "."]
        .into_iter()
        .cycle()
        .take(count)
}

/// Reads a stream to its end; every item is ready.
fn drain<T>(mut stream: impl Stream<Item = T> + Unpin, mut each: impl FnMut(T)) {
    while let Some(item) = stream.next().now_or_never().expect("the next item is ready") {
        each(item);
    }
}

/// What a client of OpenAI's chat completions would read.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "reading is what is measured")]
struct ChatChunk {
    id: String,
    created: u64,
    model: String,
    choices: Vec<ChatChoice>,
    usage: Option<ChatUsage>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "reading is what is measured")]
struct ChatChoice {
    index: u32,
    delta: ChatDelta,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "reading is what is measured")]
struct ChatDelta {
    role: Option<String>,
    content: Option<String>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "reading is what is measured")]
struct ChatUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

/// What a client of Anthropic's messages would read.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "reading is what is measured")]
#[serde(tag = "type", rename_all = "snake_case")]
enum MessageEvent {
    MessageStart { message: serde::de::IgnoredAny },
    ContentBlockStart { index: u32 },
    ContentBlockDelta { index: u32, delta: MessageDelta },
    ContentBlockStop { index: u32 },
    MessageDelta { usage: MessageUsage },
    MessageStop,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "reading is what is measured")]
#[serde(tag = "type", rename_all = "snake_case")]
enum MessageDelta {
    TextDelta { text: String },
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "reading is what is measured")]
struct MessageUsage {
    output_tokens: u64,
}

fn bare(body: &Body) {
    drain(body.stream(), |chunk| {
        let _ = black_box(chunk);
    });
}

fn reader_alone(body: &Body) {
    let mut reader = ResponseReader::new(body.format, Framing::Sse);
    drain(body.stream(), |chunk| {
        let chunk = chunk.expect("infallible");
        black_box(reader.push(&chunk));
    });
    assert!(reader.finish().usage.is_some(), "the whole stream was read");
}

/// The reader, and a call that is told what came and when.
fn reader_and_call(body: &Body) {
    let call = LlmRequest::new("openai", "gpt-5").start();
    let mut reader = ResponseReader::new(body.format, Framing::Sse);
    drain(body.stream(), |chunk| {
        let chunk = chunk.expect("infallible");
        let progress = reader.push(&chunk);
        call.chunks(u32::try_from(progress.output_events).expect("few"));
        black_box(chunk);
    });
    call.usage(reader.finish().usage.expect("the whole stream was read"));
    call.succeed();
}

#[track_llm_request("openai", "gpt-5")]
fn tracked(body: &Body) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
    body.stream()
}

/// All that there is: a function with the attribute that returns the stream.
fn attribute(body: &Body) {
    drain(Box::pin(tracked(body)), |chunk| {
        let _ = black_box(chunk);
    });
}

fn sse_stream(body: &Body, mut each: impl FnMut(String)) {
    drain(SseByteStream::new(body.stream()), |event| {
        each(event.expect("well-formed").data.unwrap_or_default());
    });
}

fn eventsource(body: &Body, mut each: impl FnMut(String)) {
    drain(body.stream().eventsource(), |event| each(event.expect("well-formed").data));
}

fn parse<T: DeserializeOwned>(data: &str) {
    if data != "[DONE]" {
        black_box(serde_json::from_str::<T>(data).expect("as the type says"));
    }
}

fn typed(format: Format, data: &str) {
    match format {
        Format::OpenAiChat => parse::<ChatChunk>(data),
        _ => parse::<MessageEvent>(data),
    }
}

type Read = fn(&Body);

const VARIANTS: [(&str, Read); 10] = [
    ("bare stream", bare),
    ("tachograph, reader alone", reader_alone),
    ("tachograph, reader and call", reader_and_call),
    ("tachograph, attribute on the function", attribute),
    ("sse-stream alone", |body| sse_stream(body, |data| drop(black_box(data)))),
    ("sse-stream, typed", |body| sse_stream(body, |data| typed(body.format, &data))),
    ("sse-stream, serde_json::Value", |body| sse_stream(body, |data| parse::<serde_json::Value>(&data))),
    ("eventsource-stream alone", |body| eventsource(body, |data| drop(black_box(data)))),
    ("eventsource-stream, typed", |body| eventsource(body, |data| typed(body.format, &data))),
    ("eventsource-stream, serde_json::Value", |body| eventsource(body, |data| parse::<serde_json::Value>(&data))),
];

/// Time that this thread was running: others on the machine do not count.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Allocations of an event more in the middle of the stream.
fn allocations(read: Read, short: &Body, long: &Body) -> f64 {
    let [few, many] = [short, long].map(|body| {
        read(body);
        allocation_counter::measure(|| read(body)).count_total as f64
    });
    (many - few) / (long.events - short.events) as f64
}

/// Lets all take turns and prints what each costs over the first.
fn compare(title: &str, make: fn(usize) -> (Format, Vec<String>), chunk: Option<usize>) {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let variants: Vec<_> =
        VARIANTS.iter().filter(|(name, _)| *name == VARIANTS[0].0 || name.contains(&wanted)).collect();
    let [body, longer] = [EVENTS, 2 * EVENTS].map(|events| Body::cut(make(events), chunk));
    let mut best = vec![f64::INFINITY; variants.len()];
    for _ in 0..ROUNDS {
        for ((_, read), best) in variants.iter().zip(&mut best) {
            let started = cpu_seconds();
            read(&body);
            *best = best.min(cpu_seconds() - started);
        }
    }
    let title = format!("{title}, {} bytes an event", body.bytes() / body.events);
    println!("\n{title:<58} {:>8} {:>10} {:>8} {:>8}", "ns/event", "over bare", "MB/s", "allocs");
    for ((name, read), seconds) in variants.iter().zip(&best) {
        let per_event = |seconds: f64| seconds * 1e9 / body.events as f64;
        println!(
            "{name:<58} {:>8.1} {:>10.1} {:>8.0} {:>8.2}",
            per_event(*seconds),
            per_event(seconds - best[0]),
            body.bytes() as f64 / seconds / 1e6,
            allocations(*read, &body, &longer),
        );
    }
}

fn main() {
    let (telemetry, _traces, _metrics) = telemetry(true);
    telemetry.install().expect("nothing is installed");
    compare("OpenAI, chunks of 1,400 bytes", Body::openai, Some(CHUNK));
    compare("Anthropic, chunks of 1,400 bytes", Body::anthropic, Some(CHUNK));
    compare("OpenAI, a chunk for every event", Body::openai, None);
}
