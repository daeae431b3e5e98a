//! What is kept of the content, and no more.

use tachograph_llm::{Capture, FinishKind, Format, Framing, Kept, Limits, OutputPart, Response, ResponseReader};

use crate::{
    fixture::{self, message},
    tell::tell,
};

fn read(format: Format, framing: Framing, capture: Capture, body: &[u8]) -> Response {
    let mut reader = ResponseReader::with_options(format, framing, Limits::default(), capture);
    reader.push(body);
    reader.finish()
}

fn all() -> Capture {
    Capture::default().with_text(1000).with_reasoning(1000).with_tool_arguments(1000)
}

/// The last lines of what the response tells: its content.
fn content(response: &Response) -> String {
    let kinds = ["text: ", "reasoning: ", "call: ", "message: "];
    let is_content = |line: &&str| kinds.iter().any(|kind| line.starts_with(kind));
    tell(response).lines().filter(is_content).collect::<Vec<_>>().join("\n")
}

fn chat(deltas: &[&str]) -> String {
    deltas.iter().map(|delta| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{{delta}}}}}]}}\n\n")).collect()
}

#[test]
fn parts_stand_in_the_order_in_which_they_came() {
    let body = chat(&[
        r#""reasoning":"Hm""#,
        r#""reasoning":", well""#,
        r#""content":"Let ""#,
        r#""content":"me""#,
        r#""tool_calls":[{"index":0,"id":"a","function":{"name":"wind","arguments":"{"}}]"#,
        r#""tool_calls":[{"index":0,"function":{"arguments":"}"}}]"#,
        r#""content":"So""#,
        r#""reasoning":"Hm?""#,
        r#""content":"""#,
        r#""content":" it is""#,
    ]);
    let response = read(Format::OpenAiChat, Framing::Sse, all(), body.as_bytes());
    assert_eq!(
        content(&response),
        "reasoning: Hm, well\ntext: Let me\ncall: a wind {}\ntext: So\nreasoning: Hm?\ntext:  it is"
    );
}

#[test]
fn every_provider_has_its_texts_reasoning_and_calls_in_their_order() {
    let bedrock: Vec<u8> = [
        r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}"#,
        r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"AAAA"}}}"#,
        r#"{"contentBlockIndex":1,"start":{"toolUse":{"name":"wind","toolUseId":"a"}}}"#,
        r#"{"contentBlockIndex":2,"delta":{"text":"So"}}"#,
    ]
    .iter()
    .flat_map(|payload| message(&[(":event-type", "contentBlockDelta")], payload))
    .collect();
    for (format, framing, body) in [
        (
            Format::Anthropic,
            Framing::Json,
            br#"{"type":"message","content":[{"type":"thinking","thinking":"Hm"},{"type":"redacted_thinking","data":"AAAA"},{"type":"tool_use","id":"a","name":"wind"},{"type":"text","text":"S"},{"type":"text","text":"o"}]}"#.as_slice(),
        ),
        (Format::Bedrock, Framing::EventStream, &bedrock),
        (
            Format::Gemini,
            Framing::Json,
            br#"{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true},{"functionCall":{"id":"a","name":"wind"}},{"text":"So"}]}}]}"#,
        ),
        (
            Format::Ollama,
            Framing::Ndjson,
            b"{\"message\":{\"thinking\":\"Hm\",\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"wind\"}}]}}\n{\"message\":{\"content\":\"So\"}}\n",
        ),
        (
            Format::OpenAiResponses,
            Framing::Json,
            br#"{"object":"response","output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"Hm"}]},{"type":"function_call","call_id":"a","name":"wind"},{"type":"message","content":[{"type":"output_text","text":"So"}]}]}"#,
        ),
    ] {
        let response = read(format, framing, all(), body);
        assert_eq!(content(&response), "reasoning: Hm\ncall: a wind -\ntext: So", "{format:?}");
    }
}

#[test]
fn every_kind_is_kept_by_itself() {
    for (capture, expected) in [
        (Capture::default().with_text(9), "text: Looking.\ncall: tooluse_fx1 tide_table -"),
        (Capture::default().with_reasoning(9), "reasoning: Hm\ncall: tooluse_fx1 tide_table -"),
        (Capture::default().with_tool_arguments(9), "call: tooluse_fx1 tide_table {\"port\":\" (of 16 bytes)"),
        (Capture::default(), "call: tooluse_fx1 tide_table -"),
    ] {
        let fixture = fixture::of("bedrock/answer.json");
        let response = read(fixture.format, fixture.framing, capture, &fixture.bytes);
        assert_eq!(content(&response), expected, "{capture:?}");
        assert_eq!(response.messages.is_empty(), capture == Capture::default());
    }
}

/// All that is kept of texts, of reasoning and of arguments.
fn strings(response: &Response) -> [String; 3] {
    let mut found = [const { String::new() }; 3];
    for part in response.messages.iter().flat_map(|message| &message.parts) {
        match part {
            OutputPart::Text(kept) => found[0].push_str(&kept.text),
            OutputPart::Reasoning(kept) => found[1].push_str(&kept.text),
            _ => {}
        }
    }
    found[2].extend(response.tool_calls.iter().filter_map(|call| call.arguments.as_ref()).map(|kept| &*kept.text));
    found
}

#[test]
fn a_kind_that_is_kept_alone_misses_no_piece() {
    for fixture in fixture::all() {
        let [text, reasoning, arguments] = strings(&fixture.read());
        let empty = String::new;
        for (capture, expected) in [
            (Capture::default().with_text(1000), [text, empty(), empty()]),
            (Capture::default().with_reasoning(1000), [empty(), reasoning, empty()]),
            (Capture::default().with_tool_arguments(1000), [empty(), empty(), arguments]),
        ] {
            let response = read(fixture.format, fixture.framing, capture, &fixture.bytes);
            assert_eq!(strings(&response), expected, "{} with {capture:?}", fixture.name);
        }
    }
}

#[test]
fn output_that_is_never_kept_is_output_all_the_same() {
    let redacted = message(
        &[(":event-type", "contentBlockDelta")],
        r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"AAAA"}}}"#,
    );
    for (format, framing, body) in [
        (Format::OpenAiChat, Framing::Sse, chat(&[r#""audio":{"data":"AAAA"}"#]).into_bytes()),
        (Format::Bedrock, Framing::EventStream, redacted),
        (
            Format::Gemini,
            Framing::Json,
            br#"{"candidates":[{"content":{"parts":[{"inlineData":{"data":"AAAA"}}]}}]}"#.to_vec(),
        ),
    ] {
        let mut reader = ResponseReader::with_options(format, framing, Limits::default(), all());
        assert!(reader.push(&body).first_output, "{format:?}");
        assert!(reader.finish().messages.is_empty(), "{format:?}");
    }
}

#[test]
fn every_choice_has_its_message_in_the_order_of_the_choices() {
    let event = |choice: u64, rest: &str| format!("data: {{\"choices\":[{{\"index\":{choice},{rest}}}]}}\n\n");
    let call = |id: &str| {
        format!("\"delta\":{{\"tool_calls\":[{{\"index\":0,\"id\":\"{id}\",\"function\":{{\"name\":\"wind\"}}}}]}}")
    };
    let body = [
        event(2, "\"delta\":{\"content\":\"two\"}"),
        event(0, "\"delta\":{\"content\":\"ze\"}"),
        event(2, &call("b")),
        event(0, "\"delta\":{\"content\":\"ro\"}"),
        event(0, &call("a")),
        event(1, "\"finish_reason\":\"length\""),
        event(0, "\"finish_reason\":\"tool_calls\""),
    ]
    .concat();
    let response = read(Format::OpenAiChat, Framing::Sse, all(), body.as_bytes());
    assert_eq!(
        content(&response),
        "message: tool_call\ntext: zero\ncall: a wind -\nmessage: length\nmessage: -\ntext: two\ncall: b wind -"
    );
    let reasons = response.messages.iter().filter_map(|message| message.finish_reason.as_ref());
    assert_eq!(reasons.cloned().collect::<Vec<_>>(), response.finish_reasons);
    assert_eq!(response.finish_reasons[1].kind(), FinishKind::Length);
}

#[test]
fn what_follows_a_cut_is_counted_and_not_kept() {
    // The `ä` does not fit any more, and the `x` after it would.
    let body = chat(&[r#""content":"ab""#, r#""content":"ä""#, r#""content":"x""#]);
    let response = read(Format::OpenAiChat, Framing::Sse, Capture::default().with_text(3), body.as_bytes());
    let [OutputPart::Text(kept)] = &*response.messages[0].parts else { panic!("one text") };
    assert_eq!((&*kept.text, kept.bytes, kept.is_cut()), ("ab", 5, true));
    assert!(!Kept::default().is_cut());
}

#[test]
fn an_answer_of_many_parts_keeps_sixteen_times_the_limit_of_one() {
    let text = r#"{"text":"0123456789"},{"text":"0123456789","thought":true},{"functionCall":{"name":"f","args":{"a":"0123456789"}}}"#;
    let parts = [text; 30].join(",");
    let body = format!("{{\"candidates\":[{{\"content\":{{\"parts\":[{parts}]}}}}]}}");
    let capture = Capture::default().with_text(7).with_reasoning(5).with_tool_arguments(3);
    let response = read(Format::Gemini, Framing::Json, capture, body.as_bytes());
    let (mut texts, mut thoughts) = (0, 0);
    assert_eq!(response.messages[0].parts.len(), 90);
    for part in &response.messages[0].parts {
        match part {
            OutputPart::Text(kept) => {
                assert_eq!(kept.bytes, 10);
                texts += kept.text.len();
            }
            OutputPart::Reasoning(kept) => {
                assert_eq!(kept.bytes, 10);
                thoughts += kept.text.len();
            }
            _ => {}
        }
    }
    let arguments = response.tool_calls.iter().filter_map(|call| call.arguments.as_ref());
    assert_eq!((texts, thoughts, arguments.map(|kept| kept.text.len()).sum()), (16 * 7, 16 * 5, 16 * 3_usize));
}

#[test]
fn arguments_that_are_replaced_give_their_room_back() {
    let item = |arguments: &str| {
        format!(
            "data: {{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{{\"type\":\"function_call\",\"call_id\":\"a\",\"name\":\"f\",\"arguments\":\"{arguments}\"}}}}\n\n"
        )
    };
    let body: String = (0..40).map(|round| item(&format!("{round:05}"))).collect();
    let capture = Capture::default().with_tool_arguments(4);
    let response = read(Format::OpenAiResponses, Framing::Sse, capture, body.as_bytes());
    let kept = response.tool_calls[0].arguments.as_ref().unwrap();
    assert_eq!((&*kept.text, kept.bytes), ("0003", 5));
}

#[test]
fn a_stream_that_is_abandoned_keeps_the_arguments_so_far() {
    let fixture = fixture::of("openai_responses/stream_tools.sse");
    let end = memchr::memmem::find(&fixture.bytes, b"event: response.function_call_arguments.done").unwrap();
    for capture in [all(), Capture::default().with_tool_arguments(1000)] {
        let response = read(fixture.format, fixture.framing, capture, &fixture.bytes[..end]);
        assert_eq!(content(&response), "call: call_fxE tide_table {\"port\":\"Brest\"}", "{capture:?}");
    }
}

#[test]
fn a_message_has_at_most_128_parts_and_an_answer_1024() {
    let texts = |choice: u64| -> String {
        let pairs = (0..100).map(|_| {
            format!(
                "data: {{\"choices\":[{{\"index\":{choice},\"delta\":{{\"reasoning\":\"r\",\"content\":\"t\"}}}}]}}\n\n"
            )
        });
        pairs.collect()
    };
    let body: String = (0..200).map(texts).collect();
    let response = read(Format::OpenAiChat, Framing::Sse, all(), body.as_bytes());
    assert_eq!(response.messages.len(), 128);
    let counts = response.messages.iter().map(|message| message.parts.len());
    assert_eq!((counts.clone().max(), counts.sum()), (Some(128), 1024_usize));
}

#[test]
fn a_stream_of_responses_has_its_content_once() {
    let delta = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Six\"}\n\n";
    let end = "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"Hm\"}]},{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Six\"}]}]}}\n\n";
    for (body, expected) in [
        (format!("{delta}{end}"), "text: Six\nreasoning: Hm"),
        (end.to_owned(), "reasoning: Hm\ntext: Six"),
        (format!("{end}{end}"), "reasoning: Hm\ntext: Six"),
    ] {
        let response = read(Format::OpenAiResponses, Framing::Sse, all(), body.as_bytes());
        assert_eq!(content(&response), expected);
    }
}

#[test]
fn output_events_are_those_from_the_first_output_on() {
    for (name, events, output) in [
        ("openai_chat/stream.sse", 15, 14),
        ("anthropic/stream.sse", 16, 13),
        ("bedrock/stream.events", 12, 11),
        ("ollama/chat.ndjson", 6, 6),
        ("openai_responses/stream_failed.sse", 2, 0),
    ] {
        let fixture = fixture::of(name);
        let progress = fixture.quick_reader().push(&fixture.bytes);
        assert_eq!((progress.events, progress.output_events), (events, output), "{name}");
    }
}
