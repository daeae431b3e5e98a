//! Bodies that are longer than they may be.

use tachograph_llm::{Capture, Format, Framing, Limits, OutputPart, Response, ResponseReader};

use crate::fixture::message;

fn limited(format: Format, framing: Framing, limit: usize) -> ResponseReader {
    let limits = Limits::default().with_event(limit).with_body(limit);
    ResponseReader::with_options(format, framing, limits, Capture::default())
}

fn in_chunks(mut reader: ResponseReader, body: &[u8], size: usize) -> Response {
    body.chunks(size).for_each(|chunk| {
        reader.push(chunk);
    });
    reader.finish()
}

#[test]
fn an_event_with_a_long_text_is_shortened_and_keeps_its_figures() {
    for long in [
        "A".repeat(9000),
        "\\u6f6e".repeat(1500),
        "\\ud83c\\udf0a".repeat(1001),
        format!("a wave{}", "\\ud83c\\udf0a".repeat(1001)),
        "a\\n\\\"".repeat(2000),
        "潮".repeat(3000),
    ] {
        let event = format!(
            "{{\"responseId\":\"r\",\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{long}\"}}]}}}}],\"usageMetadata\":{{\"promptTokenCount\":3}}}}"
        );
        for (framing, body) in [
            (Framing::Sse, format!("data: {event}\n\n")),
            (Framing::Ndjson, format!("{event}\n")),
            (Framing::Json, event.clone()),
            (Framing::Json, format!("[{event}\n,{event}]")),
        ] {
            let whole = in_chunks(limited(Format::Gemini, framing, 4096), body.as_bytes(), body.len());
            assert_eq!(whole.usage.and_then(|usage| usage.input), Some(3), "{framing:?} {}", &long[..12]);
            assert!(
                whole.losses.shortened > 0 && whole.losses.skipped == 0 && whole.losses.malformed == 0,
                "{:?}",
                whole.losses
            );
            for size in [1, 7, 600, 4095, 4096, 4097] {
                assert_eq!(
                    in_chunks(limited(Format::Gemini, framing, 4096), body.as_bytes(), size),
                    whole,
                    "{framing:?} {size}"
                );
            }
        }
    }
}

#[test]
fn rows_of_numbers_are_cut_and_what_stands_around_them_stays() {
    let row = |count| (0..count).map(|number| format!("{}.{number}e-3", number % 7)).collect::<Vec<_>>().join(",");
    let long = row(900);
    for around in [
        format!("\"data\":[{{\"embedding\":[{long}]}},{{\"embedding\":[{long}]}}]"),
        format!("\"data\":[{long},\"text\",{long},{{\"a\":1}},{long},[{long}],null,{long}]"),
        format!("\"data\":[{long},{}\"text\"]", " ".repeat(500)),
        format!("\"data\":[\n  {}\n]", long.replace(',', ",\n    ")),
        format!("\"{}\":1,\"b\":-2.5,\"data\":[{long}]", "t".repeat(5000)),
        format!("\"data\":\"{}\",\"n\":[{long}]", "[1,2,3]".repeat(900)),
    ] {
        let body = format!("{{\"object\":\"list\",{around},\"usage\":{{\"prompt_tokens\":7}}}}");
        let whole = in_chunks(limited(Format::OpenAiChat, Framing::Json, 4096), body.as_bytes(), body.len());
        assert_eq!((whole.losses.shortened, whole.losses.malformed), (1, 0), "{}", &body[..60]);
        assert_eq!(whole.usage.and_then(|usage| usage.input), Some(7), "{}", &body[..60]);
        for size in [1, 63, 64, 65, 1000] {
            let pieces = in_chunks(limited(Format::OpenAiChat, Framing::Json, 4096), body.as_bytes(), size);
            assert_eq!(pieces, whole, "{} in {size}", &body[..60]);
        }
    }
}

#[test]
fn embeddings_of_any_length_tell_what_they_cost() {
    let numbers = vec!["-0.012345678"; 1536].join(",");
    let base64 = format!("\"{}\"", "AAAA".repeat(2048));
    for embedding in [format!("[{numbers}]"), base64] {
        let entries =
            (0..2048).map(|index| format!("{{\"object\":\"embedding\",\"index\":{index},\"embedding\":{embedding}}}"));
        let mut reader = ResponseReader::new(Format::OpenAiChat, Framing::Json);
        reader.push(b"{\"object\":\"list\",\"data\":[");
        for entry in entries {
            reader.push(entry.as_bytes());
            reader.push(b",");
        }
        reader.push(b"null],\"model\":\"text-embedding-3-small\",\"usage\":{\"prompt_tokens\":8192}}");
        let response = reader.finish();
        assert_eq!(response.usage.and_then(|usage| usage.input), Some(8192));
        assert_eq!((response.model.as_deref(), response.complete), (Some("text-embedding-3-small"), true));
    }
}

#[test]
fn an_event_that_is_long_without_a_long_text_is_skipped_and_the_next_one_is_read() {
    let long = format!("{{\"x\":[{}{{}}]}}", "{},".repeat(5000));
    let next = "{\"usage\":{\"prompt_tokens\":7}}";
    for (framing, body) in [
        (Framing::Sse, format!("data: {long}\n\ndata: {next}\n\n")),
        (Framing::Ndjson, format!("{long}\n{next}\n")),
        (Framing::Json, format!("[{long},{next}]")),
    ] {
        for size in [1, 100, body.len()] {
            let response = in_chunks(limited(Format::OpenAiChat, framing, 1024), body.as_bytes(), size);
            assert_eq!(response.usage.and_then(|usage| usage.input), Some(7), "{framing:?} in {size}");
            assert_eq!((response.losses.skipped, response.losses.malformed), (1, 0), "{framing:?} in {size}");
        }
    }
}

#[test]
fn a_binary_message_that_is_too_long_is_skipped_and_the_next_one_is_read() {
    let mut body = message(&[(":event-type", "contentBlockDelta")], &"x".repeat(5000));
    body.extend(message(&[(":event-type", "metadata")], "{\"usage\":{\"inputTokens\":7}}"));
    for size in [1, 5, 100, body.len()] {
        let response = in_chunks(limited(Format::Bedrock, Framing::EventStream, 1024), &body, size);
        assert_eq!(response.usage.and_then(|usage| usage.input), Some(7), "in {size}");
        assert_eq!((response.losses.skipped, response.losses.malformed), (1, 0), "in {size}");
    }
}

#[test]
fn another_framing_than_the_binary_one_is_given_up_at_once() {
    for size in [1, 5, 100] {
        let response = in_chunks(
            ResponseReader::new(Format::Bedrock, Framing::EventStream),
            b"{\"message\":\"The security token included in the request is invalid.\"}",
            size,
        );
        assert_eq!(response.losses.malformed, 1, "in {size}");
    }
}

#[test]
fn texts_names_and_calls_are_bounded() {
    let many: String = (0..300)
        .map(|call| {
            format!(
                "{{\"index\":{call},\"id\":\"{call}\",\"function\":{{\"name\":\"{}\",\"arguments\":\"{}\"}}}},",
                "n".repeat(500),
                "ä".repeat(50)
            )
        })
        .collect();
    let body = format!(
        "{{\"id\":\"{}\",\"choices\":[{{\"finish_reason\":\"{}\",\"message\":{{\"content\":\"Grüße\",\"tool_calls\":[{many}null]}}}}]}}",
        "i".repeat(5000),
        "f".repeat(500)
    );
    let capture = Capture::default().with_text(3).with_tool_arguments(5);
    let mut reader = ResponseReader::with_options(Format::OpenAiChat, Framing::Json, Limits::default(), capture);
    reader.push(body.as_bytes());
    let response = reader.finish();
    assert_eq!(response.id.unwrap().len(), 256);
    assert_eq!(response.finish_reasons[0].original().len(), 64);
    let [OutputPart::Text(text), calls @ ..] = &*response.messages[0].parts else { panic!("there is a text") };
    assert_eq!((&*text.text, text.bytes), ("Gr", 7));
    assert_eq!(calls.len(), 127);
    assert_eq!(response.tool_calls.len(), 128);
    assert_eq!(response.tool_calls[0].name.len(), 256);
    let arguments = response.tool_calls[0].arguments.as_ref().unwrap();
    assert_eq!((&*arguments.text, arguments.bytes), ("ää", 100));
}

#[test]
fn prose_never_becomes_an_error_code() {
    for error in ["\"no such model: llama\"", "{\"code\":\"you said: hello\"}", "{\"message\":\"hello\"}"] {
        let body = format!("{{\"error\":{error}}}");
        assert_eq!(Response::parse(Format::OpenAiChat, body.as_bytes()).error.as_deref(), Some("_OTHER"), "{error}");
    }
    assert_eq!(Response::parse(Format::OpenAiChat, b"{\"error\":{\"code\":429}}").error.as_deref(), Some("429"));
}

#[test]
fn the_ordinary_events_of_a_stream_allocate_nothing() {
    for (format, framing, event) in [
        (
            Format::OpenAiChat,
            Framing::Sse,
            "data: {\"choices\":[{\"delta\":{\"content\":\"WORD\"},\"finish_reason\":null}]}\n\n",
        ),
        (
            Format::OpenAiChat,
            Framing::Sse,
            "data: {\"choices\":[{\"delta\":{\"content\":\"WORD\"}}],\"usage\":{\"completion_tokens\":NUMBER}}\n\n",
        ),
        (
            Format::OpenAiResponses,
            Framing::Sse,
            "data: {\"type\":\"response.output_text.delta\",\"sequence_number\":NUMBER,\"delta\":\"WORD\"}\n\n",
        ),
        (
            Format::Anthropic,
            Framing::Sse,
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"WORD\"}}\r\n\r\n",
        ),
        (
            Format::Gemini,
            Framing::Sse,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"WORD\"}]}}],\"usageMetadata\":{\"promptTokenCount\":NUMBER}}\n\n",
        ),
        (Format::Ollama, Framing::Ndjson, "{\"message\":{\"content\":\"WORD\"},\"done\":false}\n"),
    ] {
        let events = |count: u64| -> String {
            let event = |number: u64| {
                event.replace("WORD", &format!("word {}", number % 90 + 10)).replace("NUMBER", &number.to_string())
            };
            (0..count).map(event).collect()
        };
        let mut reader = ResponseReader::new(format, framing);
        // The first ones are read, and make the buffers.
        events(1000).as_bytes().chunks(333).for_each(|chunk| {
            reader.push(chunk);
        });
        let body = events(1000);
        let mut seen = 0;
        let allocations = allocation_counter::measure(|| {
            seen = body.as_bytes().chunks(333).map(|chunk| reader.push(chunk).events).sum();
        });
        assert_eq!((allocations.count_total, seen), (0, 1000), "{format:?}");
    }
}
