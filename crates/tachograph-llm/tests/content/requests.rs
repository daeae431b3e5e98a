//! The request bodies of all providers, with everything that may be in them. Long, because every body stands beside all that is made of it.

use serde_json::{Value, json};
use tachograph_core::ContentPolicy;
use tachograph_llm::Format;

use crate::recorded::{self, Recorded};

fn all(format: Format, body: &Value) -> Recorded {
    recorded::request(ContentPolicy::all(), format, body.to_string().as_bytes())
}

#[test]
fn chat_completions() {
    let recorded = all(
        Format::OpenAiChat,
        &json!({
            "model": "gpt-4o",
            "messages": [
                {"role": "developer", "content": "Be kind."},
                {"role": "user", "name": "ann", "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
                    {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}},
                    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                    {"type": "file", "file": {"file_id": "file-1"}},
                    {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAAAAA="}},
                    {"type": "hologram", "rays": [1, 2]},
                ]},
                {"role": "assistant", "reasoning_content": "A picture.", "content": "I look.", "refusal": null, "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\":  \"it\",\"n\":1.50}"}},
                    {"id": "call_2", "type": "function", "function": {"name": "look", "arguments": "not json"}},
                    {"id": "call_3", "type": "custom", "custom": {"name": "shell", "input": "ls"}},
                ]},
                {"role": "tool", "tool_call_id": "call_1", "content": "{\"found\":[true,null]}"},
                {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "nothing"}]},
                {"role": "assistant", "content": null, "function_call": {"name": "old", "arguments": "{}"}},
                {"role": "function", "name": "old", "content": "done"},
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
                {"role": "critic", "content": "Hm."},
            ],
            "tools": [
                {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}, "strict": true}},
                {"type": "custom", "custom": {"name": "shell", "description": "Runs."}},
            ],
            "functions": [{"name": "old", "parameters": {}}],
        }),
    );
    assert_eq!(recorded.instructions, None, "they stand in the history");
    assert_eq!(
        recorded.messages.unwrap(),
        json!([
            {"role": "system", "parts": [{"type": "text", "content": "Be kind."}]},
            {"role": "user", "name": "ann", "parts": [
                {"type": "text", "content": "What is this?"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "", "original_bytes": 8},
                {"type": "uri", "modality": "image", "uri": "https://example.org/a.png"},
                {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "", "original_bytes": 3},
                {"type": "file", "modality": "document", "file_id": "file-1"},
                {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "", "original_bytes": 5},
                {"type": "hologram"},
            ]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "A picture."},
                {"type": "text", "content": "I look."},
                {"type": "tool_call", "id": "call_1", "name": "look", "arguments": {"at": "it", "n": 1.5}},
                {"type": "tool_call", "id": "call_2", "name": "look", "arguments": "not json"},
                {"type": "tool_call", "id": "call_3", "name": "shell", "arguments": "ls"},
            ]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": {"found": [true, null]}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_2", "response": "nothing"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "name": "old", "arguments": {}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "name": "old", "response": "done"}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "No."}]},
            {"role": "critic", "parts": [{"type": "text", "content": "Hm."}]},
        ])
    );
    assert_eq!(
        recorded.tools.unwrap(),
        json!([
            {"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}},
            {"type": "custom", "name": "shell", "description": "Runs."},
            {"type": "function", "name": "old", "parameters": {}},
        ])
    );
}

#[test]
fn the_order_of_fields_is_the_one_they_were_sent_in_and_numbers_stay_as_they_are() {
    let body = r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"b\":1.50,\"a\":10000000000000000000000}"}}]}]}"#;
    let recorded = recorded::request(ContentPolicy::all(), Format::OpenAiChat, body.as_bytes());
    assert_eq!(
        recorded.raw,
        [
            r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"f","arguments":{"b":1.50,"a":10000000000000000000000}}]}]"#
        ]
    );
}

#[test]
fn completions_and_embeddings() {
    let user = |text: &str| json!({"role": "user", "parts": [{"type": "text", "content": text}]});
    for (body, messages) in [
        (json!({"prompt": "Once"}), json!([user("Once")])),
        (json!({"prompt": ["Once", "Twice"]}), json!([user("Once"), user("Twice")])),
        (json!({"model": "text-embedding-3-small", "input": "A cat"}), json!([user("A cat")])),
        (json!({"input": ["A cat", "A dog"]}), json!([user("A cat"), user("A dog")])),
    ] {
        assert_eq!(all(Format::OpenAiChat, &body).messages.unwrap(), messages, "{body}");
    }
    assert_eq!(all(Format::OpenAiChat, &json!({"prompt": [1, 2, 3]})).messages, None, "tokens");
    assert_eq!(all(Format::OpenAiChat, &json!({"input": [[1, 2], [3]]})).messages, None, "tokens");
}

#[test]
fn responses() {
    let recorded = all(
        Format::OpenAiResponses,
        &json!({
            "instructions": "Be kind.",
            "input": [
                {"role": "user", "content": "Hi"},
                {"type": "message", "role": "user", "content": [
                    {"type": "input_text", "text": "See"},
                    {"type": "input_image", "image_url": "data:image/jpeg;base64,AAAAAAAA"},
                    {"type": "input_image", "file_id": "file-2"},
                    {"type": "input_file", "file_url": "https://example.org/a.pdf"},
                    {"type": "input_file", "filename": "b.pdf", "file_data": "AAAA"},
                ]},
                {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAAA", "summary": [{"type": "summary_text", "text": "Thinks."}],
                    "content": [{"type": "reasoning_text", "text": "In full."}]},
                {"type": "web_search_call", "id": "ws_1", "status": "completed"},
                {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{\"a\":1}"},
                {"type": "function_call_output", "call_id": "call_1", "output": "seen"},
                {"type": "custom_tool_call", "call_id": "call_2", "name": "shell", "input": "ls"},
                {"type": "custom_tool_call_output", "call_id": "call_2", "output": [
                    {"type": "input_text", "text": "a.txt"}, {"type": "input_image", "image_url": "https://example.org/s.png"}]},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "There.", "annotations": []}]},
            ],
            "tools": [
                {"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}},
                {"type": "web_search"},
                {"type": "mcp", "server_label": "wiki", "server_url": "https://example.org"},
            ],
        }),
    );
    assert_eq!(recorded.instructions.unwrap(), json!([{"type": "text", "content": "Be kind."}]));
    assert_eq!(
        recorded.messages.unwrap(),
        json!([
            {"role": "user", "parts": [{"type": "text", "content": "Hi"}]},
            {"role": "user", "parts": [
                {"type": "text", "content": "See"},
                {"type": "blob", "modality": "image", "mime_type": "image/jpeg", "content": "", "original_bytes": 6},
                {"type": "file", "modality": "image", "file_id": "file-2"},
                {"type": "uri", "modality": "document", "uri": "https://example.org/a.pdf"},
                {"type": "blob", "modality": "document", "content": "", "original_bytes": 3},
            ]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "Thinks."}, {"type": "reasoning", "content": "In full."}]},
            {"role": "assistant", "parts": [{"type": "web_search_call"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "call_1", "name": "look", "arguments": {"a": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "seen"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "call_2", "name": "shell", "arguments": "ls"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_2", "response": [
                {"type": "text", "content": "a.txt"}, {"type": "uri", "modality": "image", "uri": "https://example.org/s.png"}]}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "There."}]},
        ])
    );
    assert_eq!(
        recorded.tools.unwrap(),
        json!([
            {"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}},
            {"type": "web_search", "name": "web_search"},
            {"type": "mcp", "name": "wiki"},
        ])
    );
    let text = all(Format::OpenAiResponses, &json!({"input": "Hi"}));
    assert_eq!(text.messages.unwrap(), json!([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]));
}

#[test]
fn messages() {
    let recorded = all(
        Format::Anthropic,
        &json!({
            "system": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "user", "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
                    {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
                    {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
                    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}},
                    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A poem"}},
                    {"type": "text", "text": "See"},
                ]},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                    {"type": "redacted_thinking", "data": "ZW5j"},
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": ["it"]}},
                    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "seen"},
                    {"type": "tool_result", "tool_use_id": "toolu_2", "is_error": true, "content": [{"type": "text", "text": "{\"a\":1}"}]},
                    {"type": "tool_result", "tool_use_id": "toolu_3", "content": [
                        {"type": "text", "text": "a picture"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]},
                    {"type": "tool_result", "tool_use_id": "toolu_4"},
                ]},
            ],
            "tools": [
                {"name": "look", "description": "Looks.", "input_schema": {"type": "object"}},
                {"type": "web_search_20250305", "name": "web_search", "max_uses": 5},
            ],
        }),
    );
    assert_eq!(recorded.instructions.unwrap(), json!([{"type": "text", "content": "Be kind."}]));
    assert_eq!(
        recorded.messages.unwrap(),
        json!([
            {"role": "user", "parts": [{"type": "text", "content": "Hi"}]},
            {"role": "user", "parts": [
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "", "original_bytes": 8},
                {"type": "uri", "modality": "image", "uri": "https://example.org/a.png"},
                {"type": "file", "modality": "document", "file_id": "file_1"},
                {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "", "original_bytes": 3},
                {"type": "text", "content": "A poem"},
                {"type": "text", "content": "See"},
            ]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "redacted_thinking"},
                {"type": "text", "content": "I look."},
                {"type": "tool_call", "id": "toolu_1", "name": "look", "arguments": {"at": ["it"]}},
                {"type": "server_tool_use"},
            ]},
            {"role": "user", "parts": [
                {"type": "tool_call_response", "id": "toolu_1", "response": "seen"},
                {"type": "tool_call_response", "id": "toolu_2", "response": {"a": 1}},
                {"type": "tool_call_response", "id": "toolu_3", "response": [
                    {"type": "text", "content": "a picture"},
                    {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "", "original_bytes": 3}]},
                {"type": "tool_call_response", "id": "toolu_4", "response": []},
            ]},
        ])
    );
    assert_eq!(
        recorded.tools.unwrap(),
        json!([
            {"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}},
            {"type": "web_search_20250305", "name": "web_search"},
        ])
    );
    let text = all(Format::Anthropic, &json!({"system": "Be kind.", "messages": []}));
    assert_eq!(text.instructions.unwrap(), json!([{"type": "text", "content": "Be kind."}]));
    assert_eq!(text.messages, None);
}

#[test]
fn generate_content_in_both_cases() {
    let camel = json!({
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [
            {"parts": [{"text": "Hi"}]},
            {"role": "user", "parts": [
                {"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}},
                {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://bucket/a.pdf"}},
            ]},
            {"role": "model", "parts": [
                {"text": "Hm.", "thought": true},
                {"text": "I look."},
                {"functionCall": {"name": "look", "args": {"at": "it"}}, "thoughtSignature": "c2ln"},
                {"executableCode": {"language": "PYTHON", "code": "1+1"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
            ]},
            {"role": "user", "parts": [{"functionResponse": {"id": "1", "name": "look", "response": {"seen": true}}}]},
        ],
        "tools": [
            {"functionDeclarations": [{"name": "look", "description": "Looks.", "parameters": {"type": "OBJECT"}}]},
            {"googleSearch": {}},
        ],
    });
    let mut snake = camel.to_string();
    for (from, to) in [
        ("systemInstruction", "system_instruction"),
        ("inlineData", "inline_data"),
        ("mimeType", "mime_type"),
        ("fileData", "file_data"),
        ("fileUri", "file_uri"),
        ("functionCall", "function_call"),
        ("executableCode", "executable_code"),
        ("codeExecutionResult", "code_execution_result"),
        ("functionResponse", "function_response"),
        ("functionDeclarations", "function_declarations"),
        ("googleSearch", "google_search"),
    ] {
        assert!(snake.contains(from));
        snake = snake.replace(from, to);
    }
    let recorded = all(Format::Gemini, &camel);
    assert_eq!(all(Format::Gemini, &serde_json::from_str(&snake).unwrap()), recorded);
    assert_eq!(recorded.instructions.unwrap(), json!([{"type": "text", "content": "Be kind."}]));
    assert_eq!(
        recorded.messages.unwrap(),
        json!([
            {"role": "user", "parts": [{"type": "text", "content": "Hi"}]},
            {"role": "user", "parts": [
                {"type": "blob", "modality": "video", "mime_type": "video/mp4", "content": "", "original_bytes": 3},
                {"type": "uri", "modality": "document", "mime_type": "application/pdf", "uri": "gs://bucket/a.pdf"},
            ]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "text", "content": "I look."},
                {"type": "tool_call", "name": "look", "arguments": {"at": "it"}},
                {"type": "executable_code"},
                {"type": "code_execution_result"},
            ]},
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "1", "name": "look", "response": {"seen": true}}]},
        ])
    );
    assert_eq!(
        recorded.tools.unwrap(),
        json!([
            {"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "OBJECT"}},
            {"type": "google_search", "name": "google_search"},
        ])
    );
}

#[test]
fn converse() {
    let recorded = all(
        Format::Bedrock,
        &json!({
            "system": [{"text": "Be kind."}, {"cachePoint": {"type": "default"}}],
            "messages": [
                {"role": "user", "content": [
                    {"text": "Hi"},
                    {"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}},
                    {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://bucket/a.mp4"}}}},
                    {"document": {"format": "pdf", "name": "a", "source": {"bytes": "AAAA"}}},
                    {"document": {"format": "txt", "name": "b", "source": {"text": "A poem"}}},
                    {"guardContent": {"text": {"text": "guarded"}}},
                    {"cachePoint": {"type": "default"}},
                ]},
                {"role": "assistant", "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
                    {"reasoningContent": {"redactedContent": "ZW5j"}},
                    {"text": "I look."},
                    {"toolUse": {"toolUseId": "t1", "name": "look", "input": {"at": "it"}}},
                ]},
                {"role": "user", "content": [
                    {"toolResult": {"toolUseId": "t1", "content": [{"json": {"seen": 1}}], "status": "success"}},
                    {"toolResult": {"toolUseId": "t2", "content": [{"text": "so"}]}},
                    {"toolResult": {"toolUseId": "t3", "content": [
                        {"text": "so"}, {"json": {"a": 1}}, {"image": {"format": "jpeg", "source": {"bytes": "AAAA"}}}]}},
                ]},
            ],
            "toolConfig": {"tools": [
                {"toolSpec": {"name": "look", "description": "Looks.", "inputSchema": {"json": {"type": "object"}}}},
                {"systemTool": {"name": "nova_grounding"}},
            ]},
        }),
    );
    assert_eq!(recorded.instructions.unwrap(), json!([{"type": "text", "content": "Be kind."}]));
    assert_eq!(
        recorded.messages.unwrap(),
        json!([
            {"role": "user", "parts": [
                {"type": "text", "content": "Hi"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "", "original_bytes": 8},
                {"type": "uri", "modality": "video", "mime_type": "video/mp4", "uri": "s3://bucket/a.mp4"},
                {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "", "original_bytes": 3},
                {"type": "text", "content": "A poem"},
                {"type": "text", "content": "guarded"},
            ]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "redacted_reasoning"},
                {"type": "text", "content": "I look."},
                {"type": "tool_call", "id": "t1", "name": "look", "arguments": {"at": "it"}},
            ]},
            {"role": "user", "parts": [
                {"type": "tool_call_response", "id": "t1", "response": {"seen": 1}},
                {"type": "tool_call_response", "id": "t2", "response": "so"},
                {"type": "tool_call_response", "id": "t3", "response": [
                    {"type": "text", "content": "so"},
                    {"type": "json", "content": {"a": 1}},
                    {"type": "blob", "modality": "image", "mime_type": "image/jpeg", "content": "", "original_bytes": 3}]},
            ]},
        ])
    );
    assert_eq!(
        recorded.tools.unwrap(),
        json!([
            {"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}},
            {"type": "system_tool", "name": "nova_grounding"},
        ])
    );
}

#[test]
fn ollama() {
    let recorded = all(
        Format::Ollama,
        &json!({
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "See", "images": ["iVBORw0KGgo="]},
                {"role": "assistant", "content": "", "thinking": "Hm.", "tool_calls": [{"function": {"name": "look", "arguments": {"at": "it"}}}]},
                {"role": "tool", "tool_name": "look", "content": "seen"},
            ],
            "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}}],
        }),
    );
    assert_eq!(
        recorded.messages.unwrap(),
        json!([
            {"role": "system", "parts": [{"type": "text", "content": "Be kind."}]},
            {"role": "user", "parts": [
                {"type": "text", "content": "See"},
                {"type": "blob", "modality": "image", "content": "", "original_bytes": 8},
            ]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "tool_call", "name": "look", "arguments": {"at": "it"}},
            ]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "name": "look", "response": "seen"}]},
        ])
    );
    assert_eq!(
        recorded.tools.unwrap(),
        json!([{"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}}])
    );
    let generate =
        all(Format::Ollama, &json!({"system": "Be kind.", "prompt": "See", "images": ["AAAA"], "suffix": ""}));
    assert_eq!(generate.instructions.unwrap(), json!([{"type": "text", "content": "Be kind."}]));
    assert_eq!(
        generate.messages.unwrap(),
        json!([{"role": "user", "parts": [
            {"type": "text", "content": "See"},
            {"type": "blob", "modality": "image", "content": "", "original_bytes": 3}]}])
    );
    let embed = all(Format::Ollama, &json!({"input": ["A cat", "A dog"]}));
    assert_eq!(embed.messages.unwrap().as_array().unwrap().len(), 2);
}

#[test]
fn what_is_of_another_shape_costs_itself_and_nothing_else() {
    let user = json!({"role": "user", "parts": [{"type": "text", "content": "Hi"}]});
    for (format, body) in [
        (
            Format::OpenAiChat,
            json!({"tools": 7, "messages": [3, null, "x", {"role": "user", "content": [1, "y", {"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": 3}, {"type": "text", "text": {}}]}]}),
        ),
        (
            Format::OpenAiResponses,
            json!({"instructions": [], "tools": {}, "input": [[], {"role": "user", "content": [{"type": "input_text", "text": "Hi"}, {}]}]}),
        ),
        (
            Format::Anthropic,
            json!({"system": 3, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image"}, {"type": "text"}, {"type": "blob"}]}]}),
        ),
        (
            Format::Gemini,
            json!({"systemInstruction": "x", "contents": [{"role": 3, "parts": [{"text": "Hi"}, {"text": 3}, {"inlineData": 3}, {}]}]}),
        ),
        (
            Format::Bedrock,
            json!({"system": "x", "messages": [{"role": "user", "content": [{"text": "Hi"}, {"image": {}}, {"toolUse": 3}]}]}),
        ),
        (Format::Ollama, json!({"messages": [{"role": "user", "content": "Hi", "images": [3], "tool_calls": 3}]})),
    ] {
        let recorded = all(format, &body);
        let expected = if format == Format::OpenAiChat {
            // A part of a known type without what makes it one is still a part.
            json!([{"role": "user", "parts": [{"type": "text", "content": "Hi"}, {"type": "image_url"}]}])
        } else {
            json!([user])
        };
        assert_eq!(recorded.messages.unwrap(), expected, "{format:?}");
        assert_eq!((recorded.instructions, recorded.tools), (None, None), "{format:?}");
    }
}

#[test]
fn malformed_bodies_record_nothing() {
    for body in [
        "",
        "[]",
        "7",
        "null",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]",
        "\u{0}",
        "{\"messages\":[{\"content\":\"\\x\"}]}",
    ] {
        for format in [
            Format::OpenAiChat,
            Format::OpenAiResponses,
            Format::Anthropic,
            Format::Gemini,
            Format::Bedrock,
            Format::Ollama,
        ] {
            assert_eq!(
                recorded::request(ContentPolicy::all(), format, body.as_bytes()).raw,
                Vec::<String>::new(),
                "{body}"
            );
        }
    }
}
