//! Bodies that are streams.

/// File, and what it says.
pub(crate) const EXPECTED: &[(&str, &str)] = &[
    (
        "anthropic/stream.sse",
        r#"
id: msg_02fx
model: claude-opus-4-1-20250805
tier: priority
finish: stop (end_turn)
usage: in 2060, read 2048, written 0, written for an hour 0, out 77, reasoning 60
reasoning: Spring tide?
text: High water at six.
“Ébb”
"#,
    ),
    (
        "anthropic/stream_error.sse",
        r#"
id: msg_02fx
model: claude-opus-4-1-20250805
usage: in 25, out 1
text: Hi
error: overloaded_error
complete: no
"#,
    ),
    (
        "anthropic/stream_tools.sse",
        r#"
id: msg_02fx
model: claude-opus-4-1-20250805
finish: tool_call (tool_use)
usage: in 10682, read 0, written 0, out 89
call: toolu_02fx tide_table {"port": "Brest"}
"#,
    ),
    (
        "bedrock/invoke_stream.events",
        r#"
id: msg_bdrk_fx3
model: claude-sonnet-4-20250514
finish: stop (end_turn)
usage: in 718, read 0, written 700, written for an hour 600, out 9
text: High wäter at six.
"#,
    ),
    (
        "bedrock/invoke_stream_other.events",
        r#"
usage: in 21, out 2
"#,
    ),
    (
        "bedrock/stream.events",
        r#"
finish: tool_call (tool_use)
usage: in 824, read 800, written 0, out 58
reasoning: Hm
text: High wäter
call: tooluse_fx2 tide_table {"port":"Brest"}
"#,
    ),
    (
        "bedrock/stream_exception.events",
        r#"
text: High
error: throttlingException
complete: no
"#,
    ),
    (
        "compatible/azure.sse",
        r#"
id: chatcmpl-az1
model: gpt-4o-2024-11-20
fingerprint: fp_az
finish: stop (stop)
usage: in 16, read 0, out 3, reasoning 0
text: Calm sea
"#,
    ),
    (
        "compatible/deepseek.sse",
        r#"
id: ds-1
model: deepseek-reasoner
fingerprint: fp_ds
finish: stop (stop)
usage: in 320, read 256, out 55, reasoning 48
reasoning: Hm, six
text: Six.
"#,
    ),
    (
        "compatible/groq.sse",
        r#"
id: chatcmpl-gq1
model: llama-3.3-70b-versatile
fingerprint: fp_gq
finish: stop (stop)
usage: in 41, out 3
text: Fast words
"#,
    ),
    (
        "compatible/mistral.sse",
        r#"
id: mi1
model: magistral-medium-2509
finish: length (model_length)
usage: in 12, read 8, out 28
reasoning: Six or seven?
text: Six.
"#,
    ),
    (
        "compatible/openrouter.sse",
        r#"
id: gen-or1
model: anthropic/claude-sonnet-4.5
finish: stop (stop)
usage: in 194, read 64, written 100, audio in 0, out 20, reasoning 11
cost: 0.00095
reasoning: Counting
text: Six!
"#,
    ),
    (
        "compatible/vllm.sse",
        r#"
id: chatcmpl-vl1
model: Qwen/Qwen3-8B
finish: length (length)
usage: in 15, out 5
text: One two three four
"#,
    ),
    (
        "gemini/stream.sse",
        r#"
id: fxGem1
model: gemini-2.5-flash
finish: length (MAX_TOKENS)
usage: in 57, out 70, reasoning 61
reasoning: Think
text: High water at six.
"#,
    ),
    (
        "gemini/stream_array.json",
        r#"
id: fxGem1
model: gemini-2.5-flash
finish: length (MAX_TOKENS)
usage: in 57, out 70, reasoning 61
reasoning: Think
text: High water at six.
"#,
    ),
    (
        "ollama/chat.ndjson",
        r#"
model: llama3.2
finish: stop (stop)
usage: in 26, out 282
reasoning: Hm
text: The tide "rises".
"#,
    ),
    (
        "ollama/chat_tools.ndjson",
        r#"
model: llama3.2
finish: tool_call (stop)
usage: in 26, out 282
call: - tide_table {"port":"Brest"}
"#,
    ),
    (
        "ollama/generate.ndjson",
        r#"
model: llama3.2
finish: length (length)
usage: in 26, out 282
text: The tide
"#,
    ),
    (
        "ollama/stream_error.ndjson",
        r#"
model: llama3.2
text: The
error: _OTHER
complete: no
"#,
    ),
    (
        "openai_chat/stream.sse",
        r#"
id: chatcmpl-fx01
model: gpt-4o-mini-2024-07-18
tier: default
fingerprint: fp_fx7a01
finish: stop (stop)
usage: in 1210, read 1024, written 128, audio in 0, out 42, reasoning 30, audio out 0
text: Tide tables say high water at six. Ä 潮🌊.
"#,
    ),
    (
        "openai_chat/stream_choices.sse",
        r#"
id: chatcmpl-fx01
model: gpt-4o-mini-2024-07-18
tier: default
fingerprint: fp_fx7a01
finish: stop (stop)
finish: content_filter (content_filter)
message: stop
text: left side
message: content_filter
text: right
"#,
    ),
    (
        "openai_chat/stream_error.sse",
        r#"
id: chatcmpl-fx01
model: gpt-4o-mini-2024-07-18
tier: default
fingerprint: fp_fx7a01
text: So
error: server_error
complete: no
"#,
    ),
    (
        "openai_chat/stream_tools.sse",
        r#"
id: chatcmpl-fx04
model: gpt-4o-mini-2024-07-18
tier: default
fingerprint: fp_fx7a01
finish: tool_call (tool_calls)
call: call_fxC tide_table {"port":"Saint-Malo"}
call: call_fxD wind {"hours":3}
"#,
    ),
    (
        "openai_responses/stream.sse",
        r#"
id: resp_fx1
model: gpt-5-mini-2025-08-07
tier: default
finish: stop (completed)
usage: in 328, read 256, out 52, reasoning 40
reasoning: **Looking**
text: High water at six.
"#,
    ),
    (
        "openai_responses/stream_failed.sse",
        r#"
id: resp_fx1
model: gpt-5-mini-2025-08-07
tier: default
finish: error (failed)
error: server_error
"#,
    ),
    (
        "openai_responses/stream_tools.sse",
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
