//! Bodies that are one JSON object.

use std::collections::BTreeSet;

use tachograph_llm::{Framing, Response};

use crate::{
    fixture::{self, Fixture, Random},
    tell::tell,
};

/// File, and what it says.
pub(crate) const EXPECTED: &[(&str, &str)] = &[
    (
        "anthropic/answer.json",
        r#"
id: msg_01fx
model: claude-sonnet-4-5-20250929
tier: standard
finish: tool_call (tool_use)
usage: in 3609, read 3400, written 188, written for an hour 0, out 305
text: Let me look.
call: toolu_01fx tide_table {"port":"Brest","days":[1,2]}
"#,
    ),
    (
        "anthropic/error.json",
        r#"
error: not_found_error
complete: no
"#,
    ),
    (
        "bedrock/answer.json",
        r#"
tier: priority
finish: tool_call (tool_use)
usage: in 1306, read 1200, written 90, out 71
reasoning: Hm
text: Looking.
call: tooluse_fx1 tide_table {"port":"Brest"}
"#,
    ),
    (
        "bedrock/cache.json",
        r#"
finish: stop (end_turn)
usage: in 907, read 0, written 900, written for an hour 800, out 3
text: Six.
"#,
    ),
    (
        "compatible/completions.json",
        r#"
id: cmpl-1
model: gpt-3.5-turbo-instruct
finish: stop (stop)
usage: in 5, out 4
text: 

Six.
"#,
    ),
    (
        "compatible/grok.json",
        r#"
id: grok-1
model: grok-4-1-fast-reasoning
fingerprint: fp_gk
finish: stop (stop)
usage: in 32, read 6, audio in 0, out 103, reasoning 94, audio out 0
text: Six.
"#,
    ),
    (
        "compatible/perplexity.json",
        r#"
id: pp-1
model: sonar-deep-research
finish: stop (stop)
usage: in 14, out 300, reasoning 120
cost: 0.007428
text: Long.
"#,
    ),
    (
        "compatible/vllm_error.json",
        r#"
error: BadRequestError
complete: no
"#,
    ),
    (
        "gemini/answer.json",
        r#"
id: fxGem1
model: gemini-2.5-flash
tier: standard
finish: stop (STOP)
usage: in 2097, read 1900, out 108, reasoning 100
reasoning: Adding up.
text: High water at six.
"#,
    ),
    (
        "gemini/audio.json",
        r#"
id: fxGem4
model: gemini-2.5-flash-preview-tts
finish: stop (STOP)
usage: in 51, audio in 36, out 90, audio out 90
"#,
    ),
    (
        "gemini/blocked.json",
        r#"
id: fxGem2
model: gemini-2.5-flash
finish: content_filter (PROHIBITED_CONTENT)
usage: in 9
"#,
    ),
    (
        "gemini/error.json",
        r#"
error: UNAVAILABLE
complete: no
"#,
    ),
    (
        "gemini/tools.json",
        r#"
id: fxGem1
model: gemini-2.5-flash
finish: tool_call (STOP)
usage: in 57, out 42, reasoning 12
call: - tide_table {"port":"Brest"}
call: fcfx2 wind {}
"#,
    ),
    (
        "ollama/answer.json",
        r#"
model: llama3.2
finish: stop (stop)
usage: in 26, out 282
text: The tide rises.
"#,
    ),
    (
        "ollama/error.json",
        r#"
error: _OTHER
complete: no
"#,
    ),
    (
        "openai_chat/answer.json",
        r#"
id: chatcmpl-fx02
model: gpt-4o-2024-08-06
tier: flex
fingerprint: fp_fx7a02
finish: length (length)
usage: in 19, read 0, audio in 0, out 10, reasoning 0
text: A sentence with "quotes" and \ and é.
"#,
    ),
    (
        "openai_chat/audio.json",
        r#"
id: chatcmpl-fx05
model: gpt-4o-audio-preview-2025-06-03
finish: stop (stop)
usage: in 120, read 0, audio in 100, out 60, reasoning 0, audio out 45
"#,
    ),
    (
        "openai_chat/embeddings.json",
        r#"
model: text-embedding-3-small
usage: in 8
"#,
    ),
    (
        "openai_chat/error.json",
        r#"
error: insufficient_quota
complete: no
"#,
    ),
    (
        "openai_chat/refusal.json",
        r#"
id: chatcmpl-fx06
model: gpt-4o-2024-08-06
finish: stop (stop)
usage: in 81, out 5
text: I cannot do that.
"#,
    ),
    (
        "openai_chat/tools.json",
        r#"
id: chatcmpl-fx03
model: gpt-4.1-2025-04-14
finish: tool_call (tool_calls)
usage: in 82, out 17
call: call_fxA tide_table {"port":"Brest"}
call: call_fxB wind {}
"#,
    ),
    (
        "openai_responses/answer.json",
        r#"
id: resp_fx1
model: gpt-5-mini-2025-08-07
tier: default
finish: stop (completed)
usage: in 328, read 256, out 52, reasoning 40
text: High water at six.
"#,
    ),
    (
        "openai_responses/incomplete.json",
        r#"
id: resp_fx1
model: gpt-5-mini-2025-08-07
tier: default
finish: length (max_output_tokens)
usage: in 328, read 256, out 52, reasoning 40
text: High
"#,
    ),
    (
        "openai_responses/refusal.json",
        r#"
id: resp_fx4
model: gpt-5-2025-08-07
tier: default
finish: stop (completed)
usage: in 30, read 0, out 12, reasoning 6
reasoning: **Weighing it** Hm.
text: I cannot do that.
"#,
    ),
    (
        "openai_responses/tools.json",
        r#"
id: resp_fx1
model: gpt-5-mini-2025-08-07
tier: default
finish: tool_call (completed)
usage: in 328, read 256, out 52, reasoning 40
call: call_fxE tide_table {"port":"Brest"}
"#,
    ),
];

#[test]
fn every_body_says_what_its_documentation_says_it_does() {
    for (name, expected) in EXPECTED.iter().chain(crate::streams::EXPECTED) {
        assert_eq!(tell(&fixture::of(name).read()), expected.trim_start_matches('\n'), "{name}");
    }
}

#[test]
fn every_file_is_expected() {
    let expected: BTreeSet<&str> = EXPECTED.iter().chain(crate::streams::EXPECTED).map(|(name, _)| *name).collect();
    let files = fixture::all();
    assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn no_content_is_kept_unless_told() {
    for fixture in fixture::all() {
        let mut reader = fixture.quick_reader();
        reader.push(&fixture.bytes);
        let response = reader.finish();
        assert!(response.messages.is_empty(), "{}", fixture.name);
        assert!(response.tool_calls.iter().all(|call| call.arguments.is_none()), "{}", fixture.name);
    }
}

#[test]
fn a_reader_that_keeps_no_content_learns_the_same_facts() {
    for fixture in fixture::all() {
        let mut reader = fixture.quick_reader();
        reader.push(&fixture.bytes);
        let mut expected = fixture.read();
        expected.messages.clear();
        expected.tool_calls.iter_mut().for_each(|call| call.arguments = None);
        assert_eq!(tell(&reader.finish()), tell(&expected), "{}", fixture.name);
    }
}

/// The events of a stream of text.
fn events(fixture: &Fixture) -> Vec<String> {
    let end = match fixture.framing {
        Framing::Ndjson => "\n",
        _ if fixture.bytes.contains(&b'\r') => "\r\n\r\n",
        _ => "\n\n",
    };
    let text = std::str::from_utf8(&fixture.bytes).unwrap();
    text.split_inclusive(end).map(str::to_owned).collect()
}

#[test]
fn what_is_passed_over_unread_says_nothing_in_any_order() {
    let mut random = Random(0xD1FF);
    let streams =
        fixture::all().into_iter().filter(|fixture| matches!(fixture.framing, Framing::Sse | Framing::Ndjson));
    for fixture in streams {
        let events = events(&fixture);
        for _ in 0..60 {
            // Twice as many: most of them come again, which is when they are recognised.
            let order = (0..events.len() * 2).map(|_| &*events[random.below(events.len())]);
            let body: String = order.collect();
            let (mut all, mut quick) = (fixture.reader(), fixture.quick_reader());
            assert_eq!(all.push(body.as_bytes()), quick.push(body.as_bytes()), "{}: {body}", fixture.name);
            let mut expected = all.finish();
            expected.messages.clear();
            expected.tool_calls.iter_mut().for_each(|call| call.arguments = None);
            assert_eq!(quick.finish(), expected, "{}: {body}", fixture.name);
        }
    }
}

#[test]
fn parse_is_a_reader_that_gets_all_at_once() {
    let fixture = fixture::of("anthropic/answer.json");
    let usage = Response::parse(fixture.format, &fixture.bytes).usage.unwrap();
    assert_eq!(usage.input, Some(21 + 188 + 3400));
}
