//! What our parsers read of bodies, against what `genai-prices` reads of them.

use std::{collections::BTreeMap, fs, path::Path};

use genai_prices::{Calculator, ExtractRequest};
use serde_json::{Map, Value, json};
use tachograph_llm::{Format, Framing, ResponseReader};

/// Fixture, figure, ours, theirs. Every difference that there is, and why; one that is gone must go from here.
const DIFFERENT: &[(&str, &str, Option<u64>, Option<u64>)] = &[
    // DeepSeek's own `prompt_cache_hit_tokens` is not looked at by the other, only the details that OpenAI has.
    ("compatible/deepseek.sse", "cache_read", Some(256), None),
    // xAI's audio: the other has no reader for it.
    ("compatible/grok.json", "input_audio", Some(0), None),
    // Mistral's own `num_cached_tokens`: the same.
    ("compatible/mistral.sse", "cache_read", Some(8), None),
    // The other adds Perplexity's reasoning to the output always. We do when the total says that it comes on top; here it is
    // input and output without it, and Perplexity's own `output_tokens_cost` is for 300 tokens.
    ("compatible/perplexity.json", "output", Some(300), Some(420)),
];

/// Bodies with figures that the other does not read at all: it knows nothing of Ollama.
const UNREAD: &[&str] =
    &["ollama/answer.json", "ollama/chat.ndjson", "ollama/chat_tools.ndjson", "ollama/generate.ndjson"];

struct Fixture {
    name: String,
    format: Format,
    framing: Framing,
    /// As our reader gets it; empty for binary streams, whose events stand in a file of text.
    bytes: Vec<u8>,
    /// The JSON documents in it.
    events: Vec<Value>,
}

fn fixtures() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut found: Vec<Fixture> = folders
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|file| load(&root, &file.unwrap().path()))
        .collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

fn load(root: &Path, path: &Path) -> Fixture {
    let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    let format = match name.split('/').next().unwrap() {
        "openai_chat" | "compatible" => Format::OpenAiChat,
        "openai_responses" => Format::OpenAiResponses,
        "anthropic" => Format::Anthropic,
        "gemini" => Format::Gemini,
        "bedrock" => Format::Bedrock,
        "ollama" => Format::Ollama,
        folder => panic!("{folder} is of no known format"),
    };
    let text = fs::read_to_string(path).unwrap();
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (framing, events) = match path.extension().unwrap().to_str().unwrap() {
        "json" => match parsed(&text).unwrap() {
            Value::Array(events) => (Framing::Json, events),
            event => (Framing::Json, vec![event]),
        },
        "sse" => {
            let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
            (Framing::Sse, data.filter_map(parsed).collect())
        }
        "ndjson" => (Framing::Ndjson, text.lines().filter_map(parsed).collect()),
        "events" => (Framing::EventStream, text.lines().filter_map(|line| parsed(line.split_once('\t')?.1)).collect()),
        extension => panic!("{extension} is no known framing"),
    };
    Fixture { name, format, framing, bytes: text.into_bytes(), events }
}

const FIGURES: [&str; 8] =
    ["input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "input_audio", "output_audio"];

type Figures = BTreeMap<&'static str, u64>;

fn ours(fixture: &Fixture) -> Figures {
    let mut reader = match fixture.framing {
        // The event with the figures is a document by itself.
        Framing::EventStream => {
            let mut reader = ResponseReader::new(fixture.format, Framing::Json);
            for event in fixture.events.iter().filter(|event| event.get("usage").is_some()) {
                reader.push(event.to_string().as_bytes());
            }
            reader
        }
        framing => ResponseReader::new(fixture.format, framing),
    };
    if fixture.framing != Framing::EventStream {
        reader.push(&fixture.bytes);
    }
    let usage = reader.finish().usage.unwrap_or_default();
    let figures = [
        ("input", usage.input),
        ("output", usage.output),
        ("cache_read", usage.cache_read),
        ("cache_write", usage.cache_write),
        ("cache_write_1h", usage.cache_write_1h),
        ("reasoning", usage.reasoning),
        ("input_audio", usage.input_audio),
        ("output_audio", usage.output_audio),
    ];
    figures.into_iter().filter_map(|(name, tokens)| Some((name, tokens?))).collect()
}

/// The provider and the shape by which the other reads a fixture.
fn reader_of(fixture: &Fixture) -> Option<(&'static str, &'static str)> {
    Some(match fixture.format {
        Format::OpenAiResponses => ("openai", "responses"),
        Format::Anthropic => ("anthropic", "default"),
        Format::Gemini => ("google", "default"),
        Format::Bedrock => ("aws", "default"),
        Format::OpenAiChat => match fixture.name.split(['/', '.']).nth(1)? {
            "embeddings" => ("openai", "embeddings"),
            "azure" => ("azure", "chat"),
            "deepseek" => ("deepseek", "chat"),
            "grok" => ("x-ai", "chat"),
            "groq" => ("groq", "default"),
            "mistral" => ("mistral", "default"),
            "openrouter" => ("openrouter", "chat"),
            "perplexity" => ("perplexity", "default"),
            _ => ("openai", "chat"),
        },
        _ => return None,
    })
}

fn theirs(fixture: &Fixture) -> Result<Figures, String> {
    let (provider, flavor) = reader_of(fixture).ok_or("it has no reader for this format")?;
    // It reads whole answers: of a stream it gets one with the latest figures of its events.
    let mut body = Map::from_iter([("model".to_owned(), json!("any"))]);
    for event in &fixture.events {
        let parts = [Some(event), event.get("message"), event.get("response"), event.get("x_groq")];
        for (key, figures) in parts.into_iter().flatten().filter_map(Value::as_object).flatten() {
            if let ("usage" | "usageMetadata", Value::Object(figures)) = (key.as_str(), figures) {
                let all = body.entry(key).or_insert_with(|| json!({}));
                all.as_object_mut().unwrap().extend(figures.clone());
            }
        }
    }
    let body = Value::Object(body);
    let request = ExtractRequest::from_value(&body).with_provider_id(provider).with_api_flavor(flavor);
    let usage = Calculator::bundled().extract_provider_usage(&request).map_err(|error| error.to_string())?.usage;
    let figures = [
        ("input", "input_tokens"),
        ("output", "output_tokens"),
        ("cache_read", "cache_read_tokens"),
        ("cache_write", "cache_write_tokens"),
        ("cache_write_1h", "cache_write_1h_tokens"),
        ("reasoning", "output_reasoning_tokens"),
        ("input_audio", "input_audio_tokens"),
        ("output_audio", "output_audio_tokens"),
    ];
    Ok(figures.into_iter().filter_map(|(name, key)| Some((name, usage.get(key)? as u64))).collect())
}

#[test]
fn two_readers_agree_on_every_body() {
    let (mut different, mut unread, mut same) = (Vec::new(), Vec::new(), 0);
    for fixture in fixtures() {
        let ours = ours(&fixture);
        match theirs(&fixture) {
            // Errors, and streams that end before their figures.
            Err(_) if ours.is_empty() => {}
            Err(_) => unread.push(fixture.name),
            Ok(theirs) => {
                for figure in FIGURES {
                    let (ours, theirs) = (ours.get(figure).copied(), theirs.get(figure).copied());
                    if ours == theirs {
                        same += usize::from(ours.is_some());
                    } else {
                        different.push((fixture.name.clone(), figure, ours, theirs));
                    }
                }
            }
        }
    }
    let different: Vec<_> =
        different.iter().map(|(name, figure, ours, theirs)| (name.as_str(), *figure, *ours, *theirs)).collect();
    assert_eq!(different, DIFFERENT);
    assert_eq!(unread, UNREAD);
    assert!(same > 80, "{same}");
}
