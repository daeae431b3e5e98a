//! What an answer says while it passes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, StatusCode, header, response::Parts};
use tachograph_core::{AnswerReader, Call, CallError, LlmRequest, Usage};

use crate::{Format, Framing, Limits, ResponseReader, content, observe};

const ERROR_TYPE: &str = "x-amzn-errortype";
const REQUEST_ID: &str = "x-amzn-requestid";
const INPUT_TOKENS: &str = "x-amzn-bedrock-input-token-count";
const OUTPUT_TOKENS: &str = "x-amzn-bedrock-output-token-count";
/// What an error is called that has only prose.
const PROSE: &str = "_OTHER";

/// The answer to one request. Its body reads it; its call knows the latest ([`Latest`]), for the case that it ends before the body does.
#[derive(Debug)]
pub(super) struct Reading {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    body: Body,
    status: StatusCode,
    /// Whether it comes in pieces, whose times matter.
    streams: bool,
    complete: bool,
    failure: Option<CallError>,
}

#[derive(Debug)]
enum Body {
    /// Nothing came yet. Where the head does not say how the body is cut, its beginning does.
    Awaited(Format, Option<Framing>),
    Read(Format, Box<ResponseReader>),
    /// The call was told, or the body cannot be read.
    Over,
}

impl Reading {
    /// Begins with the head of an answer, which tells the call what it can.
    pub(super) fn begin(head: &Parts, format: Format, asked_for_stream: bool, call: &Call<LlmRequest>) -> Arc<Self> {
        let framing = text(&head.headers, header::CONTENT_TYPE.as_str()).and_then(Framing::of_content_type);
        let failed = is_failure(head.status);
        let streams = !failed && (asked_for_stream || framing.is_some_and(|framing| framing != Framing::Json));
        let failure = failed.then(|| failure(&head.headers, head.status));
        if head.status.is_success() {
            call.expect_usage();
            tell_headers(&head.headers, call);
        }
        if streams {
            call.streaming();
        }
        // Whosever the model is: its events are wrapped in those of Bedrock, and errors of Bedrock are its own.
        let format = if framing == Some(Framing::EventStream) { Format::Bedrock } else { format };
        let body = if is_encoded(&head.headers) { Body::Over } else { Body::Awaited(format, framing) };
        Arc::new(Self { state: Mutex::new(State { body, status: head.status, streams, complete: false, failure }) })
    }

    /// Reads what passes. An answer that is told already is read no more.
    pub(super) fn push(&self, chunk: &[u8], call: &Call<LlmRequest>) {
        if chunk.is_empty() {
            return;
        }
        let mut state = self.state();
        if let Body::Awaited(format, framing) = state.body {
            let framing = framing.unwrap_or_else(|| Framing::detect(chunk));
            let capture = content::capture_for(call.content_policy());
            let reader = ResponseReader::with_options(format, framing, Limits::default(), capture);
            state.body = Body::Read(format, Box::new(reader));
        }
        let Body::Read(_, reader) = &mut state.body else { return };
        let progress = reader.push(chunk);
        let streams = state.streams;
        drop(state);
        if streams {
            call.body_chunks(u32::try_from(progress.output_events).unwrap_or(u32::MAX));
        }
    }

    /// No more will be read: tells the call what there was. The second time there is nothing to tell.
    pub(super) fn end(&self, call: &Call<LlmRequest>) {
        let mut state = self.state();
        let Body::Read(format, reader) = std::mem::replace(&mut state.body, Body::Over) else { return };
        let mut response = reader.finish();
        state.complete = response.complete;
        let error = response.error.take();
        if is_failure(state.status) {
            if let Some(code) = error.filter(|code| code != PROSE) {
                state.failure = Some(CallError::new(code));
            }
            return;
        }
        state.failure = error.map(CallError::new);
        drop(state);
        observe::tell(call, Some(format), &response);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The latest answer of a call, which lies in the call. A call that is tried again does not fail by an earlier one.
#[derive(Debug, Default)]
pub(super) struct Latest {
    answer: Option<Arc<Reading>>,
    asked: bool,
}

/// Which request of its call one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    First,
    Further,
}

impl Latest {
    /// A request belongs to the call, if that still runs: it has no answer yet.
    pub(super) fn ask(call: &Call<LlmRequest>) -> Option<Turn> {
        let mut turn = None;
        call.read_answer(Self::default, |latest| {
            latest.answer = None;
            turn = Some(if latest.asked { Turn::Further } else { Turn::First });
            latest.asked = true;
        });
        turn
    }

    pub(super) fn answer(call: &Call<LlmRequest>, answer: &Arc<Reading>) {
        call.read_answer(Self::default, |latest| latest.answer = Some(Arc::clone(answer)));
    }
}

impl AnswerReader for Latest {
    fn finish(self: Box<Self>, call: &Call<LlmRequest>) -> bool {
        let Some(answer) = self.answer else { return false };
        answer.end(call);
        let state = answer.state();
        if let Some(failure) = &state.failure {
            call.fail(failure.clone());
        }
        state.complete
    }
}

pub(super) fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// What a failure is called as far as its head says: Amazon has the code there.
fn failure(headers: &HeaderMap, status: StatusCode) -> CallError {
    let code = text(headers, ERROR_TYPE).and_then(|code| code.split(':').next()).filter(|code| !code.is_empty());
    let is_name = |code: &&str| code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    CallError::new(code.filter(is_name).map_or_else(|| status.as_u16().to_string(), str::to_owned))
}

/// What Bedrock says in the head, whatever the body is. Figures of the body come later and take the place of these.
fn tell_headers(headers: &HeaderMap, call: &Call<LlmRequest>) {
    if let Some(id) = text(headers, REQUEST_ID) {
        call.response_id(id.to_owned());
    }
    let count = |name| text(headers, name)?.parse().ok();
    let mut usage = Usage::default();
    (usage.input, usage.output) = (count(INPUT_TOKENS), count(OUTPUT_TOKENS));
    if usage != Usage::default() {
        call.usage(usage);
    }
}

/// Whether the body is compressed: `reqwest` takes the header away from what it unpacks.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
