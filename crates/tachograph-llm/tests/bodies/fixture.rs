//! The files in `fixtures`.

use std::{fs, path::Path};

use tachograph_llm::{Capture, Format, Framing, Limits, Response, ResponseReader};

#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    /// Folder and file.
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) framing: Framing,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn all() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut found: Vec<Fixture> = folders
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|file| load(&root, &file.unwrap().path()))
        .collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

pub(crate) fn of(name: &str) -> Fixture {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    load(&root, &root.join(name))
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
    let bytes = fs::read(path).unwrap();
    let (framing, bytes) = match path.extension().unwrap().to_str().unwrap() {
        "json" => (Framing::Json, bytes),
        "sse" => (Framing::Sse, bytes),
        "ndjson" => (Framing::Ndjson, bytes),
        "events" => (Framing::EventStream, event_stream(std::str::from_utf8(&bytes).unwrap())),
        extension => panic!("{extension} is no known framing"),
    };
    Fixture { name, format, framing, bytes }
}

impl Fixture {
    /// A reader that keeps all content there is.
    pub(crate) fn reader(&self) -> ResponseReader {
        let capture = Capture::default().with_text(1 << 20).with_reasoning(1 << 20).with_tool_arguments(1 << 20);
        ResponseReader::with_options(self.format, self.framing, Limits::default(), capture)
    }

    /// A reader that keeps no content, and so parses only what it must.
    pub(crate) fn quick_reader(&self) -> ResponseReader {
        ResponseReader::new(self.format, self.framing)
    }

    pub(crate) fn read(&self) -> Response {
        let mut reader = self.reader();
        reader.push(&self.bytes);
        reader.finish()
    }
}

/// The binary messages of lines `name<tab>payload`.
fn event_stream(lines: &str) -> Vec<u8> {
    lines
        .lines()
        .flat_map(|line| {
            let (name, payload) = line.split_once('\t').unwrap();
            match name.strip_prefix('!') {
                Some(name) => message(&[(":message-type", "exception"), (":exception-type", name)], payload),
                None => message(
                    &[(":event-type", name), (":content-type", "application/json"), (":message-type", "event")],
                    payload,
                ),
            }
        })
        .collect()
}

pub(crate) fn message(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).unwrap());
        head.extend_from_slice(name.as_bytes());
        head.push(7);
        head.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        head.extend_from_slice(value.as_bytes());
    }
    let mut out = Vec::new();
    out.extend_from_slice(&number(16 + head.len() + payload.len()));
    out.extend_from_slice(&number(head.len()));
    out.extend_from_slice(&checksum(&out));
    out.extend_from_slice(&head);
    out.extend_from_slice(payload.as_bytes());
    out.extend_from_slice(&checksum(&out));
    out
}

/// CRC-32 as gzip has it.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg());
        }
    }
    (!sum).to_be_bytes()
}

/// Pseudo-random numbers, the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}
