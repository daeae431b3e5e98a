//! Bodies made at random: whatever is in them and however little room there is, what is recorded is JSON of the conventions' shapes, within
//! its room, and without the secrets that were planted.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tachograph_core::{ContentKind, ContentPolicy, Redact};
use tachograph_llm::{Format, Framing, Limits, ResponseReader, content, content::Patterns};

use crate::{conventions, recorded};

const FORMATS: [Format; 6] =
    [Format::OpenAiChat, Format::OpenAiResponses, Format::Anthropic, Format::Gemini, Format::Bedrock, Format::Ollama];
const ROUNDS: usize = 6000;
/// On a slow machine fewer rounds do as well.
const TIME: Duration = Duration::from_secs(8);
const FEWEST: usize = 100;

/// Secrets, and a piece of each that nothing else in a body has.
const SECRETS: [(&str, &str); 10] = [
    ("sk-proj-Zq8Kv3LmNpQr7StU", "Zq8"),
    ("ghp_Zw9Kv3LmNpQr7StUvWxYzAbCdEf", "Zw9"),
    ("AKIAZX7KV3LMNPQRSTUV", "ZX7"),
    ("zy5@zebra.example.org", "zy5"),
    ("4111 1111 1111 1111", "11 11"),
    ("5500005555555559", "55555"),
    ("+49 170 7654321", "70 76"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJaWiI6Ilp2NCJ9.Zv4xxxxxxxx", "Zv4"),
    ("DE89 3704 0044 0532 0130 00", "04 00"),
    ("postgres://ann:Zu3hunter@db/x", "Zu3"),
];

/// Pseudo-random numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    fn text(&mut self) -> String {
        const WORDS: [&str; 14] = [
            "word", "ü", "潮汐", "🌊", "\"", "\\", "\n", "\u{1}", "</b>", "{\"a\":", "]", "e\u{301}", "data:,", "a-b_c",
        ];
        let mut text = String::new();
        for _ in 0..self.below(12) {
            match self.below(8) {
                0 => text.push_str(SECRETS[self.below(SECRETS.len())].0),
                1 => text.push_str(&"long ".repeat(self.below(60))),
                _ => text.push_str(self.pick(&WORDS)),
            }
            // Secrets stand between things that are no part of them.
            text.push_str(self.pick(&[" ", "\n", ", ", " \"", "\t", "。"]));
        }
        text
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth > 4 { 5 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.below(1000)),
            2 => json!(5_500_005_555_555_559_u64),
            3 => json!({"password": "Zt2 hunter, \"2\"", "pwd": "Zt2"}),
            4 | 5 => json!(self.text()),
            6 => (0..self.below(4)).map(|_| self.value(depth + 1)).collect(),
            _ => (0..self.below(4)).map(|_| (self.text(), self.value(depth + 1))).collect::<Map<_, _>>().into(),
        }
    }

    /// A value where another may be expected.
    fn oddly(&mut self, value: Value) -> Value {
        if self.below(25) == 0 { self.value(3) } else { value }
    }

    fn arguments(&mut self) -> String {
        let value = self.value(0);
        if self.below(4) == 0 { self.text() } else { value.to_string() }
    }

    fn part(&mut self) -> Value {
        let (text, value, name) = (self.text(), self.value(1), self.text());
        let part = match self.below(16) {
            0 => json!({"type": "image_url", "image_url": {"url": text}}),
            1 => json!({"type": "image", "source": {"type": "base64", "media_type": name, "data": text}}),
            2 => json!({"inlineData": {"mimeType": name, "data": text}}),
            3 => json!({"type": "tool_use", "id": name, "name": text, "input": value}),
            4 => json!({"type": "tool_result", "tool_use_id": name, "content": text}),
            5 => {
                json!({"type": "tool_result", "content": [{"type": "text", "text": text}, {"type": "text", "text": value}]})
            }
            6 => json!({"functionCall": {"name": name, "args": value}}),
            7 => json!({"functionResponse": {"name": name, "response": value}}),
            8 => json!({"toolUse": {"toolUseId": name, "name": name, "input": value}}),
            9 => json!({"toolResult": {"toolUseId": name, "content": [{"json": value}, {"text": text}]}}),
            10 => json!({"type": name, "text": value}),
            11 => json!({"type": "thinking", "thinking": text}),
            12 => json!({"reasoningContent": {"reasoningText": {"text": text}}}),
            13 => json!({"text": text, "thought": true}),
            _ => json!({"type": "text", "text": text}),
        };
        self.oddly(part)
    }

    fn message(&mut self) -> Value {
        let parts: Vec<_> = (0..self.below(4)).map(|_| self.part()).collect();
        let text = self.text();
        let content = if self.below(2) == 0 { json!(text) } else { json!(parts) };
        let role = match self.below(9) {
            0 => text.as_str(),
            _ => self.pick(&["system", "developer", "user", "assistant", "model", "tool"]),
        };
        let (name, arguments) = (self.text(), self.arguments());
        let mut message =
            json!({"role": role, "content": self.oddly(content), "parts": parts, "name": name, "thinking": text});
        if self.below(3) == 0 {
            message["tool_calls"] = json!([{"id": name, "function": {"name": name, "arguments": arguments}}]);
            message["tool_call_id"] = json!(name);
        }
        if self.below(4) == 0 {
            message["type"] =
                json!(self.pick(&["message", "function_call", "function_call_output", "reasoning", "item"]));
            message["arguments"] = json!(arguments);
            message["output"] = json!(self.text());
            message["summary"] = json!([{"text": text}]);
        }
        self.oddly(message)
    }

    fn tool(&mut self) -> Value {
        let (name, text, schema) = (self.text(), self.text(), json!({"type": "object", "x": self.value(1)}));
        let function = json!({"name": name, "description": text, "parameters": schema});
        let tool = match self.below(4) {
            0 => json!({"type": "function", "function": function}),
            1 => json!({"name": name, "description": text, "input_schema": schema}),
            2 => json!({"functionDeclarations": [function]}),
            _ => json!({"toolSpec": {"name": name, "description": text, "inputSchema": {"json": schema}}}),
        };
        self.oddly(tool)
    }

    fn request(&mut self) -> Value {
        let messages: Vec<_> = (0..self.below(12)).map(|_| self.message()).collect();
        let tools: Vec<_> = (0..self.below(5)).map(|_| self.tool()).collect();
        let text = self.text();
        let system = match self.below(3) {
            0 => json!(text),
            1 => json!([{"type": "text", "text": text}]),
            _ => json!({"parts": [{"text": text}]}),
        };
        let input = if self.below(2) == 0 { json!(text) } else { json!(messages) };
        json!({"system": system, "systemInstruction": system, "instructions": text, "messages": self.oddly(json!(messages)),
            "contents": messages, "input": self.oddly(input), "prompt": text, "tools": self.oddly(json!(tools)),
            "toolConfig": {"tools": tools}})
    }

    fn policy(&mut self) -> ContentPolicy {
        let kinds: Vec<_> = ContentKind::ALL.into_iter().filter(|_| self.below(5) > 0).collect();
        let text_bytes = [0, 1, 7, 30, 100, 1000, usize::MAX][self.below(7)];
        let call_bytes = [0, 10, 100, 300, 1000, 5000, 1_000_000][self.below(7)];
        ContentPolicy::none().only(kinds).with_text_bytes(text_bytes).with_call_bytes(call_bytes)
    }
}

fn is_clean(text: &str) -> bool {
    SECRETS.iter().all(|(_, piece)| !text.contains(piece)) && !text.contains("Zt2")
}

#[test]
fn the_planted_secrets_are_found_by_their_pieces() {
    for (secret, piece) in SECRETS {
        assert!(secret.contains(piece) && !is_clean(secret));
        assert!(is_clean(&Patterns::all().redact(ContentKind::Prompt, secret)), "{secret}");
    }
}

#[test]
fn requests_are_recorded_as_valid_json_within_their_room_and_without_secrets() {
    let mut random = Random(0x7AC0_6EAF);
    let start = Instant::now();
    let (mut recorded_some, mut cut, mut planted) = (0, 0, 0);
    for round in 0..ROUNDS {
        let body = random.request().to_string();
        let policy = random.policy().with_redaction(Patterns::all());
        let format = FORMATS[random.below(6)];
        let recorded = recorded::request(policy.clone(), format, body.as_bytes());
        let bytes: usize = recorded.raw.iter().map(String::len).sum();
        let context = || format!("{format:?} {policy:?} {body}\n{:#?}", recorded.raw);
        assert!(bytes <= policy.call_bytes(), "{bytes} bytes: {}", context());
        assert!(recorded.raw.iter().all(|text| is_clean(text)), "{}", context());
        let again = recorded::request(policy.clone(), format, body.as_bytes());
        assert_eq!(again, recorded, "always the same");
        recorded_some += usize::from(bytes > 0);
        cut += usize::from(recorded.raw.concat().contains("original_bytes"));
        planted += usize::from(!is_clean(&body));
        if start.elapsed() > TIME && round >= FEWEST {
            break;
        }
    }
    assert!(recorded_some > FEWEST / 4 && cut > FEWEST / 10 && planted > FEWEST / 2, "{recorded_some} {cut} {planted}");
}

#[test]
fn answers_are_recorded_as_valid_json_within_their_room_and_without_secrets() {
    let mut random = Random(0xA115_3E55);
    let start = Instant::now();
    let (mut recorded_some, mut cut) = (0, 0);
    for round in 0..ROUNDS {
        let choices: Vec<_> = (0..=random.below(4))
            .map(|index| {
                let (text, arguments, reason) = (format!("f {}", random.text()), random.arguments(), random.text());
                json!({"index": index, "finish_reason": reason, "message": {"content": text.repeat(1 + random.below(8)),
                    "reasoning_content": text, "tool_calls": [{"id": text, "function": {"name": text, "arguments": arguments}}]}})
            })
            .collect();
        let body = json!({"choices": choices}).to_string();
        let policy = random.policy().with_redaction(Patterns::all());
        let capture = content::capture_for(Some(&policy));
        let mut reader = ResponseReader::with_options(Format::OpenAiChat, Framing::Json, Limits::default(), capture);
        reader.push(body.as_bytes());
        let room = recorded::room(&policy, random.below(3000));
        let Some(text) = content::output_messages(&reader.finish(), room) else { continue };
        let context = || format!("{policy:?} {body}\n{text}");
        assert!(text.len() <= room.bytes, "{}", context());
        assert!(is_clean(&text), "{}", context());
        let messages: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {}", context()));
        conventions::output_messages(&messages);
        recorded_some += 1;
        cut += usize::from(text.contains("original_bytes"));
        if start.elapsed() > TIME && round >= FEWEST {
            break;
        }
    }
    assert!(recorded_some > FEWEST / 4 && cut > FEWEST / 10, "{recorded_some} {cut}");
}

#[test]
fn broken_bodies_are_read_without_a_panic() {
    let mut random = Random(0xB20_CE11);
    let policy = ContentPolicy::all().with_redaction(Patterns::all());
    let start = Instant::now();
    for round in 0..ROUNDS {
        let mut body = random.request().to_string().into_bytes();
        for _ in 0..=random.below(4) {
            let at = random.below(body.len());
            match random.below(3) {
                0 => body[at] = b"\"\\{}[]:,0-e\xFF"[random.below(12)],
                1 => drop(body.drain(at..body.len().min(at + 1 + random.below(30)))),
                _ => body.truncate(at + 1),
            }
            body.push(b'}');
        }
        let recorded = recorded::request(policy.clone(), FORMATS[random.below(6)], &body);
        assert!(recorded.raw.iter().map(String::len).sum::<usize>() <= policy.call_bytes());
        if start.elapsed() > TIME / 2 && round >= FEWEST {
            break;
        }
    }
}
