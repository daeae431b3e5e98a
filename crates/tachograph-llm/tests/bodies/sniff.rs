//! Bodies of which nobody said what they are.

use tachograph_llm::{Format, Framing};

use crate::fixture::{self, Fixture, message};

/// From the first event on: without what comes before it in a stream.
fn first_event(fixture: &Fixture) -> Vec<u8> {
    let body = &fixture.bytes;
    match fixture.framing {
        Framing::Sse => {
            let start = memchr::memmem::find(body, b"data:").unwrap();
            let end = start + memchr::memchr(b'\n', &body[start..]).unwrap();
            body[start + 5..end].trim_ascii().to_vec()
        }
        Framing::Ndjson => body.split(|byte| *byte == b'\n').next().unwrap().to_vec(),
        Framing::EventStream => {
            let length = u32::from_be_bytes(*body.first_chunk().unwrap());
            body[..usize::try_from(length).unwrap()].to_vec()
        }
        _ => body.clone(),
    }
}

#[test]
fn every_body_and_every_first_event_shows_its_format() {
    for fixture in fixture::all() {
        let format = Some(fixture.format);
        assert_eq!(Format::detect(None, &fixture.bytes), format, "{}", fixture.name);
        assert_eq!(Format::detect(None, &first_event(&fixture)), format, "{}: its first event", fixture.name);
        assert_eq!(Framing::detect(&fixture.bytes), fixture.framing, "{}", fixture.name);
    }
}

#[test]
fn every_event_of_a_stream_shows_its_format_or_none() {
    for fixture in fixture::all() {
        if fixture.framing == Framing::EventStream {
            continue;
        }
        for line in fixture.bytes.split(|byte| *byte == b'\n') {
            let event = line.strip_prefix(b"data:").unwrap_or(line);
            let known = Format::detect(None, event);
            // An error of Ollama says in prose what went wrong, and an error of OpenAI looks the same in all of its APIs.
            assert!(known.is_none_or(|known| known == fixture.format), "{}: {known:?}", fixture.name);
        }
    }
}

#[test]
fn the_payloads_of_bedrock_show_their_format_without_their_frames() {
    for payload in [
        r#"{"p":"abcdefg","role":"assistant"}"#,
        r#"{"contentBlockIndex":0,"delta":{"text":"High"},"p":"ab"}"#,
        r#"{"p":"abc","stopReason":"tool_use"}"#,
        r#"{"metrics":{"latencyMs":812},"p":"a","usage":{"inputTokens":24}}"#,
        r#"{"__type":"com.amazon.coral.service#ThrottlingException","message":"Slow down"}"#,
    ] {
        assert_eq!(Format::detect(None, payload.as_bytes()), Some(Format::Bedrock), "{payload}");
    }
}

#[test]
fn a_body_that_breaks_off_shows_its_format_or_none_and_never_another_one() {
    for fixture in fixture::all() {
        for end in 0..fixture.bytes.len() {
            let known = Format::detect(None, &fixture.bytes[..end]);
            assert!(known.is_none_or(|known| known == fixture.format), "{} up to {end}: {known:?}", fixture.name);
        }
    }
}

#[test]
fn the_format_shows_before_the_long_parts_of_a_body_end() {
    for (body, format) in [
        (r#"{"candidates":[{"content":{"parts":[{"text":"aaa"#, Format::Gemini),
        (r#"[{"candidates": [{"#, Format::Gemini),
        (r#"{"id":"c","choices":[{"index":0,"message":{"content":"aaa"#, Format::OpenAiChat),
        (r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,"#, Format::OpenAiChat),
        (r#"{"id":"r","object":"response","output":[{"#, Format::OpenAiResponses),
        (r#"{"model":"claude","id":"msg","type":"message","role":"assistant","content":[{"#, Format::Anthropic),
        (r#"{"id":"a\"b\\","x":["]\""],"choices":["#, Format::OpenAiChat),
        ("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{", Format::Anthropic),
        (": hello\r\n\r\ndata: {\"choices\":[", Format::OpenAiChat),
        ("\u{feff}data:{\"choices\":[", Format::OpenAiChat),
        ("data: [DONE]\n\ndata: {\"choices\":[]}", Format::OpenAiChat),
        (r#"{"metrics":{"latencyMs":1},"output":{"message":{"content":[{"#, Format::Bedrock),
    ] {
        assert_eq!(Format::detect(None, body.as_bytes()), Some(format), "{body}");
    }
}

#[test]
fn only_what_looks_alike_with_several_providers_is_decided_by_the_name() {
    let chat = br#"{"error":{"message":"No","type":"server_error","code":null}}"#.as_slice();
    let typed = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let prose = br#"{"message":"The security token is invalid."}"#;
    for (provider, body, format) in [
        (None, chat, Some(Format::OpenAiChat)),
        (Some("anthropic"), chat, Some(Format::Anthropic)),
        (Some("somebody"), chat, Some(Format::OpenAiChat)),
        (Some("gcp.vertex_ai"), chat, Some(Format::Gemini)),
        (None, typed, Some(Format::Anthropic)),
        (Some("Anthropic"), typed, Some(Format::Anthropic)),
        (Some("gcp.vertex_ai"), typed, Some(Format::Anthropic)),
        (Some("openai"), typed, Some(Format::OpenAiResponses)),
        (None, prose, None),
        (Some("aws.bedrock"), prose, Some(Format::Bedrock)),
        (None, br#"{"error":"out of memory"}"#, Some(Format::Ollama)),
        (Some("groq"), br#"{"error":"out of memory"}"#, Some(Format::OpenAiChat)),
        (None, br#"{"error":"out of memory","error_type":"overloaded"}"#, None),
        (Some("openai"), br#"{"error":{"mess"#, Some(Format::OpenAiChat)),
        (None, br#"{"error":{"mess"#, None),
        (None, br#"{"type":"error","code":"server_error","message":"No","param":null}"#, Some(Format::OpenAiResponses)),
        // The shape says more than the name.
        (Some("openai"), br#"{"candidates":[]}"#, Some(Format::Gemini)),
        (Some("gcp.vertex_ai"), br#"{"type":"message","role":"assistant","model":"claude"}"#, Some(Format::Anthropic)),
        (Some("aws.bedrock"), br#"{"type":"message","role":"assistant","usage":{}}"#, Some(Format::Anthropic)),
    ] {
        assert_eq!(Format::detect(provider, body), format, "{provider:?} {}", String::from_utf8_lossy(body));
    }
}

#[test]
fn what_is_of_no_provider_is_of_no_format() {
    for body in [
        "",
        "{",
        "{}",
        "[]",
        "[[{\"choices\":[]}]]",
        "null",
        "<html><body>502 data: {\"choices\":[]}</body></html>",
        r#"{"object":"list","data":[{"id":"gpt-4o","object":"model"}]}"#,
        r#"{"object":"list","data":[]}"#,
        r#"{"type":"message","user":"U1","text":"choices"}"#,
        r#"{"type":"message","model":"one","text":"choices"}"#,
        r#"{"role":"assistant","p":"a""#,
        r#"{"choices":3}"#,
        r#"{"choices":"red or blue"}"#,
        r#"{"a":{"choices":[]},"b":"\"candidates\":[{}]"}"#,
        r#"{"output":["a"],"status":"succeeded"}"#,
        r#"{"output":{"message":"done"},"status":"ok"}"#,
        r#"{"done":true,"model":"x"}"#,
        r#"{"role":"assistant","content":"a"}"#,
        r#"{"message":"not found","code":404,"details":[]}"#,
        "data: [DONE]\n\n",
        "data: hello\n\n",
    ] {
        assert_eq!(Format::detect(Some("openai"), body.as_bytes()), None, "{body}");
        assert_eq!(Format::detect(None, body.as_bytes()), None, "{body}");
    }
}

#[test]
fn the_first_bytes_show_the_framing() {
    let binary = message(&[(":event-type", "messageStart")], "{}");
    for (body, framing) in [
        (b"{\"a\":1}".as_slice(), Framing::Json),
        (b"{\"a\":1", Framing::Json),
        (b"{\n\"a\":1\n}\n", Framing::Json),
        (b"{\"a\":\n1}\n", Framing::Json),
        (b" \r\n[{\"a\":1}\n,", Framing::Json),
        (b"{\"a\":1}\n", Framing::Json),
        (b"{\"a\":1}\n<", Framing::Json),
        (b"{\"done\":true}\n", Framing::Json),
        (b"{\"a\":1,\"done\":false}\n", Framing::Ndjson),
        (b"{\"a\":1}\n\n{", Framing::Ndjson),
        (b"{\"a\":\"}\\n\"} \r\n{\"a\":2", Framing::Ndjson),
        (b"{\"a\":1} {\"a\":1}\n", Framing::Json),
        (b"data: {}\n", Framing::Sse),
        (b"data:{}", Framing::Sse),
        (b"\n\nevent: x\n", Framing::Sse),
        (b"id\n", Framing::Sse),
        (b"\xEF\xBB\xBFretry: 3\n", Framing::Sse),
        (b": PROCESSING\n", Framing::Sse),
        (b"dat", Framing::Sse),
        (b"database", Framing::Json),
        (b"identity: x", Framing::Json),
        (b"", Framing::Json),
        (b"  ", Framing::Json),
        (b"<!doctype html>", Framing::Json),
        (b"\"text\"", Framing::Json),
        (&binary, Framing::EventStream),
        (&binary[..1], Framing::EventStream),
    ] {
        assert_eq!(Framing::detect(body), framing, "{}", String::from_utf8_lossy(body));
    }
}
