use serde_json::Value;
use tachograph_core::{AnswerReader, Call, LlmRequest};

use super::{LlmResponse, answer::Answer, shape};
use crate::{Format, Framing};

/// Most bytes that are kept of what may yet turn out to be a body.
const MAX_UNKNOWN: usize = 64 * 1024;

/// The body of a provider, whole or as a piece of a stream, cut anywhere. Bytes that are no body of an API that is known tell nothing.
impl LlmResponse for [u8] {
    fn observe(&self, call: &Call<LlmRequest>) {
        call.read_answer(|| Body::new(Origin::Wire), |body| body.push(call, self));
    }
}

/// The body of a provider as text; as bytes. A text that the model wrote tells nothing, also where it is JSON.
impl LlmResponse for str {
    fn observe(&self, call: &Call<LlmRequest>) {
        call.read_answer(|| Body::new(Origin::Anywhere), |body| body.push(call, self.as_bytes()));
    }
}

macro_rules! as_what_they_hold {
    ($($(#[$gate:meta])? $owner:ty: $borrowed:ty),* $(,)?) => { $(
        $(#[$gate])?
        impl LlmResponse for $owner {
            fn observe(&self, call: &Call<LlmRequest>) {
                <$borrowed>::observe(self, call);
            }
        }
    )* };
}
as_what_they_hold!(
    Vec<u8>: [u8],
    String: str,
    #[cfg(feature = "bytes")]
    bytes::Bytes: [u8],
);

/// Where a body may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Bytes: from a provider, since nobody passes on in bytes what a model wrote.
    Wire,
    /// Texts: a model may have written them, and it may have written JSON.
    Anywhere,
}

/// What came of a body so far.
#[derive(Debug)]
enum Body {
    Unknown(Start),
    Known(Box<Answer>),
    /// It is something else.
    Foreign,
}

/// A beginning that does not tell yet what it is.
#[derive(Debug)]
struct Start {
    origin: Origin,
    bytes: Vec<u8>,
    /// How many of them were looked at in vain.
    tried: usize,
}

impl Body {
    fn new(origin: Origin) -> Self {
        Self::Unknown(Start { origin, bytes: Vec::new(), tried: 0 })
    }

    fn push(&mut self, call: &Call<LlmRequest>, piece: &[u8]) {
        match self {
            Self::Known(answer) => answer.push(call, piece),
            Self::Foreign => {}
            Self::Unknown(start) => {
                let is_first = start.bytes.is_empty();
                if !is_first {
                    start.bytes.extend_from_slice(piece);
                }
                let so_far = if is_first { piece } else { &start.bytes };
                // A piece may be as small as a word: what is here is looked at anew only when there is a good deal more of it.
                let is_time = so_far.len() >= start.tried + start.tried / 4;
                match if is_time { judge(so_far, start.origin) } else { Verdict::Later } {
                    Verdict::Is(format, framing) => {
                        let mut answer = Answer::new(call, format, framing);
                        answer.push(call, so_far);
                        *self = Self::Known(Box::new(answer));
                    }
                    Verdict::Foreign => *self = Self::Foreign,
                    Verdict::Later => {
                        if is_time {
                            start.tried = so_far.len();
                        }
                        if is_first {
                            start.bytes.extend_from_slice(piece);
                        }
                    }
                }
            }
        }
    }
}

impl AnswerReader for Body {
    fn finish(self: Box<Self>, call: &Call<LlmRequest>) -> bool {
        match *self {
            Self::Known(answer) => answer.finish(call),
            Self::Foreign => false,
            Self::Unknown(start) => match judge(&start.bytes, start.origin) {
                Verdict::Is(format, framing) => {
                    let mut answer = Answer::new(call, format, framing);
                    answer.push(call, &start.bytes);
                    answer.finish(call)
                }
                Verdict::Foreign | Verdict::Later => false,
            },
        }
    }
}

/// What the beginning of a body shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Is(Format, Framing),
    Foreign,
    /// More of it may tell.
    Later,
}

fn judge(start: &[u8], origin: Origin) -> Verdict {
    let framing = Framing::detect(start);
    let is_json = matches!(framing, Framing::Json | Framing::Ndjson);
    let text = start.trim_ascii_start();
    if is_json && !text.is_empty() && !matches!(text[0], b'{' | b'[' | b'\xEF') {
        return Verdict::Foreign;
    }
    let later = if start.len() < MAX_UNKNOWN { Verdict::Later } else { Verdict::Foreign };
    let Some(format) = Format::detect(None, start) else { return later };
    if is_json && origin == Origin::Anywhere {
        // A key or two are not enough here. What is the first object of the body, or all of it, is looked at as a value is.
        return match serde_json::Deserializer::from_slice(text).into_iter::<Value>().next() {
            Some(Ok(value)) if shape::format(&value).is_some() => Verdict::Is(format, framing),
            Some(Ok(_)) => Verdict::Foreign,
            // It is not all here, or never will be.
            Some(Err(_)) | None => later,
        };
    }
    Verdict::Is(format, framing)
}
