//! What is too long.

use serde_json::{Value, json};
use tachograph_core::{ContentKind, ContentPolicy};
use tachograph_llm::Format;

use crate::recorded::{only, request};

fn chat(messages: &Value) -> Vec<u8> {
    json!({"messages": messages}).to_string().into_bytes()
}

fn texts(count: usize, bytes: usize) -> Vec<Value> {
    (0..count)
        .map(|at| json!({"role": if at % 2 == 0 { "user" } else { "assistant" }, "content": format!("{at:04}{}", "x".repeat(bytes - 4))}))
        .collect()
}

fn messages(policy: ContentPolicy, body: &[u8]) -> Option<Vec<Value>> {
    let recorded = request(policy, Format::OpenAiChat, body);
    assert!(recorded.raw.len() <= 1);
    recorded.messages.map(|messages| messages.as_array().unwrap().clone())
}

/// The number that the text of a message begins with.
fn number(message: &Value) -> &str {
    &message["parts"][0]["content"].as_str().unwrap()[..4]
}

#[test]
fn a_text_is_cut_between_characters_and_tells_its_size() {
    for (limit, content) in [(5, "äöx"), (4, "äö"), (3, "ä"), (1, ""), (0, "")] {
        let policy = ContentPolicy::all().with_text_bytes(limit);
        let kept = messages(policy, &chat(&json!([{"role": "user", "content": "äöxü"}]))).unwrap();
        assert_eq!(kept[0]["parts"], json!([{"type": "text", "content": content, "original_bytes": 7}]), "{limit}");
    }
    let policy = ContentPolicy::all().with_text_bytes(7);
    let whole = messages(policy, &chat(&json!([{"role": "user", "content": "äöxü"}]))).unwrap();
    assert_eq!(whole[0]["parts"], json!([{"type": "text", "content": "äöxü"}]));
}

#[test]
fn json_that_is_too_long_becomes_a_text() {
    let arguments = r#"{"list":[1,2,3],"text":"a\"b"}"#;
    let body = chat(&json!([
        {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": arguments}}]},
        {"role": "tool", "tool_call_id": "1", "content": arguments},
    ]));
    let whole: Value = serde_json::from_str(arguments).unwrap();
    for (limit, value) in
        [(arguments.len(), whole), (arguments.len() - 1, json!(&arguments[..29])), (10, json!(&arguments[..10]))]
    {
        let kept = messages(ContentPolicy::all().with_text_bytes(limit), &body).unwrap();
        let size = (limit < arguments.len()).then_some(arguments.len());
        assert_eq!(kept[0]["parts"][0]["arguments"], value, "{limit}");
        assert_eq!(kept[1]["parts"][0]["response"], value, "{limit}");
        for message in &kept {
            assert_eq!(message["parts"][0].get("original_bytes").and_then(Value::as_u64), size.map(|size| size as u64));
        }
    }
}

#[test]
fn json_that_is_too_deep_becomes_a_text() {
    for (depth, is_json) in [(64, true), (65, false)] {
        let arguments = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let body =
            chat(&json!([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}]));
        let kept = messages(ContentPolicy::all(), &body).unwrap();
        assert_eq!(kept[0]["parts"][0]["arguments"].is_array(), is_json, "{depth}");
    }
}

#[test]
fn the_newest_messages_and_the_first_of_the_system_are_kept() {
    let mut all = vec![json!({"role": "system", "content": "Be kind."})];
    all.extend(texts(100, 100));
    // A quarter is for the answer.
    let policy = ContentPolicy::all().with_call_bytes(4000);
    let recorded = request(policy.clone(), Format::OpenAiChat, &chat(&json!(all)));
    assert!((2700..=3000).contains(&recorded.raw[0].len()), "{}", recorded.raw[0].len());
    let kept = messages(policy.clone(), &chat(&json!(all))).unwrap();
    assert_eq!(kept[0]["parts"][0]["content"], "Be kind.");
    let first = 100 - (kept.len() - 1);
    assert_eq!(kept[1]["omitted_before"], first);
    for (at, message) in kept[1..].iter().enumerate() {
        assert_eq!(number(message), format!("{:04}", first + at));
        assert_eq!(message.get("omitted_before").is_some(), at == 0);
    }
    assert_eq!(messages(policy, &chat(&json!(all))).unwrap(), kept, "always the same");
}

#[test]
fn without_a_system_message_the_newest_are_kept() {
    let policy = only(ContentKind::Prompt).with_call_bytes(1000);
    let kept = messages(policy, &chat(&json!(texts(100, 100)))).unwrap();
    assert_eq!(kept[0]["omitted_before"], 100 - kept.len());
    assert_eq!(kept.last().unwrap()["role"], "assistant");
    let policy = ContentPolicy::all().with_call_bytes(1_000_000);
    let all = messages(policy, &chat(&json!(texts(100, 100)))).unwrap();
    assert!(all.len() == 100 && all.iter().all(|message| message.get("omitted_before").is_none()));
}

#[test]
fn there_is_something_for_every_room() {
    let plain = chat(&json!(texts(50, 40)));
    let with_system = chat(&json!([&[json!({"role": "system", "content": "Be kind."})], &texts(50, 40)[..]].concat()));
    for bytes in 200..1500 {
        let policy =
            ContentPolicy::none().only([ContentKind::Prompt, ContentKind::SystemInstructions]).with_call_bytes(bytes);
        for body in [&plain, &with_system] {
            // What has more bytes than the room is not recorded at all.
            let raw = request(policy.clone(), Format::OpenAiChat, body).raw;
            assert!(raw[0].len() <= bytes && raw[0].len() + 120 > bytes, "{} of {bytes}", raw[0].len());
        }
    }
}

#[test]
fn more_messages_than_are_looked_at_are_counted_all_the_same() {
    let policy = ContentPolicy::all().with_call_bytes(10_000_000);
    let all = texts(2000, 10);
    let kept = messages(policy.clone(), &chat(&json!(all))).unwrap();
    assert_eq!((kept.len(), number(&kept[0])), (511, "1489"));
    assert_eq!(kept[0]["omitted_before"], 1489);
    let with_system = [&[json!({"role": "system", "content": "Be kind."})], &all[..]].concat();
    let kept = messages(policy, &chat(&json!(with_system))).unwrap();
    assert_eq!((kept.len(), number(&kept[1])), (512, "1489"));
    assert_eq!(kept[1]["omitted_before"], 1489);
}

#[test]
fn the_newest_message_is_cut_until_it_fits() {
    let parts: Vec<_> = (0..10).map(|_| json!({"type": "text", "text": "ü".repeat(2000)})).collect();
    let body = chat(&json!([{"role": "system", "content": "s".repeat(5000)}, {"role": "user", "content": parts}]));
    let policy = ContentPolicy::all().with_call_bytes(4000);
    let kept = messages(policy, &body).unwrap();
    assert_eq!(kept[0]["parts"][0]["original_bytes"], 5000, "the system's is cut too: {}", kept[0]);
    let parts = kept[1]["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 10);
    for part in parts {
        assert_eq!(part["original_bytes"], 4000);
        assert!((50..500).contains(&part["content"].as_str().unwrap().len()), "{part}");
    }
}

#[test]
fn a_short_system_message_is_whole_beside_a_long_newest_one() {
    let body = chat(&json!([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "u".repeat(5000)}]));
    let kept = messages(only(ContentKind::Prompt).with_call_bytes(1000), &body).unwrap();
    assert_eq!(kept[0]["parts"], json!([]));
    let policy =
        ContentPolicy::none().only([ContentKind::Prompt, ContentKind::SystemInstructions]).with_call_bytes(1000);
    let kept = messages(policy, &body).unwrap();
    assert_eq!(kept[0]["parts"][0]["content"], "Be kind.");
    assert!(kept[1]["parts"][0]["content"].as_str().unwrap().len() > 300);
}

#[test]
fn what_has_no_room_at_all_is_not_recorded() {
    let body = chat(&json!([{"role": "user", "content": "h".repeat(50)}]));
    let smallest = r#"[{"role":"user","parts":[{"type":"text","content":"","original_bytes":50}]}]"#.len();
    let with = |bytes| messages(only(ContentKind::Prompt).with_call_bytes(bytes), &body);
    assert_eq!(with(smallest).unwrap()[0]["parts"][0]["original_bytes"], 50);
    for bytes in [smallest - 1, 10, 1, 0] {
        assert_eq!(with(bytes), None, "{bytes}");
    }
}

#[test]
fn instructions_tools_and_the_answer_have_their_shares_of_the_room() {
    let long = "x".repeat(50_000);
    let tools: Vec<_> = (0..100)
        .map(|at| json!({"name": format!("tool {at}"), "description": "d".repeat(100), "input_schema": {"type": "object", "title": "t".repeat(1000)}}))
        .collect();
    let messages: Vec<_> = (0..100).map(|_| json!({"role": "user", "content": "m".repeat(1000)})).collect();
    let body = json!({"system": long, "tools": tools, "messages": messages}).to_string();
    let policy = ContentPolicy::all().with_text_bytes(100_000).with_call_bytes(40_000);
    let recorded = request(policy, Format::Anthropic, body.as_bytes());
    let sizes: Vec<_> = recorded.raw.iter().map(String::len).collect();
    let [instructions, messages, tools] = sizes[..] else { panic!("{sizes:?}") };
    assert!(instructions <= 15_000 && tools <= 15_000 && messages >= 5000, "{sizes:?}");
    assert!(instructions + messages + tools <= 30_000, "a quarter is left: {sizes:?}");
}

#[test]
fn tools_lose_schemas_then_descriptions_then_the_last_ones() {
    let schema = json!({"type": "object", "title": "t".repeat(150)});
    let tools: Vec<_> = (0..20)
        .map(|at| json!({"type": "function", "function": {"name": format!("tool {at}"), "description": "d".repeat(50), "parameters": schema}}))
        .collect();
    let body = json!({"tools": tools}).to_string();
    let with = |bytes| {
        // Half of the room is for tools.
        let policy = only(ContentKind::ToolDefinitions).with_call_bytes(bytes * 2);
        let recorded = request(policy, Format::OpenAiChat, body.as_bytes());
        assert!(recorded.raw.iter().all(|text| text.len() <= bytes));
        recorded.tools.map(|tools| tools.as_array().unwrap().clone())
    };
    let all = with(100_000).unwrap();
    assert_eq!((all.len(), &all[0]["parameters"]), (20, &schema));
    let described = with(4000).unwrap();
    assert_eq!(
        described[7],
        json!({"type": "function", "name": "tool 7", "description": "d".repeat(50), "parameters_bytes": schema.to_string().len()})
    );
    let named = with(1500).unwrap();
    assert_eq!(named.len(), 20);
    assert_eq!(named[7], json!({"type": "function", "name": "tool 7", "parameters_bytes": schema.to_string().len()}));
    let few = with(500).unwrap();
    assert!((3..20).contains(&few.len()));
    assert_eq!(few.last().unwrap()["omitted_after"], 20 - few.len());
    assert_eq!(with(20), None);
}

#[test]
fn a_schema_that_is_longer_than_a_text_may_be_is_left_out() {
    let schema = json!({"type": "object", "title": "t".repeat(150)});
    let body = json!({"tools": [{"name": "look", "description": "d".repeat(60), "input_schema": schema}]}).to_string();
    let recorded = request(ContentPolicy::all().with_text_bytes(50), Format::Anthropic, body.as_bytes());
    assert_eq!(
        recorded.tools.unwrap(),
        json!([{"type": "function", "name": "look", "description": "d".repeat(50), "original_bytes": 60,
            "parameters_bytes": schema.to_string().len()}])
    );
}

#[test]
fn names_ids_and_types_are_bounded() {
    let long = "n".repeat(1000);
    let body = chat(&json!([
        {"role": long, "name": long, "content": [{"type": long}, {"type": "file", "file": {"file_id": long}}]},
        {"role": "assistant", "tool_calls": [{"id": long, "function": {"name": long, "arguments": "{}"}}]},
    ]));
    let recorded = request(ContentPolicy::all(), Format::OpenAiChat, &body);
    assert_eq!(
        recorded.messages.unwrap(),
        json!([
            {"role": &long[..64], "name": &long[..256], "parts": [
                {"type": &long[..64]}, {"type": "file", "modality": "document", "file_id": &long[..256]}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": &long[..256], "name": &long[..256], "arguments": {}}]},
        ])
    );
}

#[test]
fn data_in_a_text_is_no_more_recorded_than_in_a_picture() {
    let url = format!("data:image/png;base64,{}", "iVBO".repeat(100));
    let body = chat(&json!([
        {"role": "user", "content": url},
        {"role": "assistant", "tool_calls": [{"function": {"name": "show", "arguments": json!({"url": url}).to_string()}}]},
        {"role": "user", "content": "data: none, just words"},
    ]));
    let kept = messages(ContentPolicy::all(), &body).unwrap();
    let mark = "data:image/png;base64,[300 bytes]";
    assert_eq!(kept[0]["parts"][0]["content"], mark);
    assert_eq!(kept[1]["parts"][0]["arguments"], json!({"url": mark}));
    assert_eq!(kept[2]["parts"][0]["content"], "data: none, just words");
}
