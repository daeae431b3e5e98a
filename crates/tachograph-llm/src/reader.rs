use crate::{
    Capture, Format, Framing, Limits, Losses, Response,
    frame::{Frame, Framer, Sink},
    pattern::Pattern,
    provider::{self, Weight},
    state::State,
};

/// Reads the body of an answer while it passes by, in whatever chunks it comes.
///
/// It never fails and never panics, and holds no more than three events at a time: [`Limits`]. Most events of a stream say nothing but a few more
/// words; they are recognised by a search for bytes and are not parsed.
///
/// Call [`finish`](Self::finish) when no more will come, whether the body ended, broke off or was abandoned.
#[derive(Clone, Debug)]
pub struct ResponseReader {
    framer: Framer,
    events: Events,
}

/// What a chunk brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Events that were completed by this chunk. Comments and `[DONE]` are none.
    pub events: u64,
    /// Those among `events` that came from the first output of the model on, that one included: the chunks of an answer, when they are
    /// counted or timed. An end without output has none.
    pub output_events: u64,
    /// Whether the first output of the model was among them: text, reasoning or a tool call. True for one chunk of a body at most; the
    /// clock at that moment tells the time to the first chunk of an answer.
    pub first_output: bool,
    /// Whether the provider has said by now that nothing more will come. Gemini never says so, and not every server that imitates OpenAI
    /// does: there the end of the body is the end.
    pub ended: bool,
}

impl ResponseReader {
    /// A reader that keeps no content, with the default limits.
    #[must_use]
    pub fn new(format: Format, framing: Framing) -> Self {
        Self::with_options(format, framing, Limits::default(), Capture::default())
    }

    /// A reader with limits of its own, which keeps as much of the content as it is told.
    #[must_use]
    pub fn with_options(format: Format, framing: Framing, limits: Limits, capture: Capture) -> Self {
        let events = Events {
            format,
            state: State::new(capture),
            latest: Vec::new(),
            ordinary: Pattern::default(),
            count: 0,
            output_count: 0,
            at_end: false,
        };
        Self { framer: Framer::new(framing, limits), events }
    }

    /// Reads the next chunk, which may end anywhere.
    pub fn push(&mut self, chunk: &[u8]) -> Progress {
        let (events, output_events) = (self.events.count, self.events.output_count);
        let had_output = self.events.state.has_output;
        self.framer.push(chunk, &mut self.events);
        Progress {
            events: self.events.count - events,
            output_events: self.events.output_count - output_events,
            first_output: !had_output && self.events.state.has_output,
            ended: self.events.state.ended,
        }
    }

    /// What the events that are complete so far have said.
    #[must_use]
    pub fn snapshot(&self) -> Response {
        let mut events = self.events.clone();
        events.read_latest();
        events.state.response
    }

    /// What the whole body said.
    ///
    /// An event that lacks only its end mark is still read. One that broke off in the middle counts as malformed.
    #[must_use]
    pub fn finish(mut self) -> Response {
        self.events.at_end = true;
        self.framer.finish(&mut self.events);
        self.events.read_latest();
        self.events.state.response
    }
}

/// Weighs the events of one body, and reads those that matter.
#[derive(Clone, Debug)]
struct Events {
    format: Format,
    state: State,
    /// The last event of which only the figures matter. It is read when somebody asks, or when an event that must be read follows: some
    /// servers report the usage so far with every event.
    latest: Vec<u8>,
    /// What events that say nothing new look like.
    ordinary: Pattern,
    count: u64,
    /// Events since the first output.
    output_count: u64,
    /// The body is over: what comes now may have broken off in the middle, and must not replace what is known.
    at_end: bool,
}

impl Events {
    fn read(&mut self, frame: Frame<'_>) {
        self.read_latest();
        if !provider::read(self.format, frame, &mut self.state) {
            self.state.response.losses.malformed += 1;
        }
    }

    fn read_latest(&mut self) {
        if self.latest.is_empty() {
            return;
        }
        let event = std::mem::take(&mut self.latest);
        self.read(Frame { data: &event, ..Frame::default() });
        self.latest = event;
        self.latest.clear();
    }
}

impl Sink for Events {
    fn frame(&mut self, frame: Frame<'_>) {
        if self.ordinary.matches(frame.data) {
            // Nothing is ordinary before the first output.
            self.count += 1;
            self.output_count += 1;
            return;
        }
        let weight = provider::weigh(self.format, frame, &self.state);
        self.count += u64::from(weight != Weight::End);
        match weight {
            Weight::Nothing | Weight::Figures if self.at_end => self.read(frame),
            Weight::Nothing if provider::searches_keys(self.format) => self.ordinary.learn(frame.data),
            Weight::Nothing => {}
            Weight::Figures => {
                self.latest.clear();
                self.latest.extend_from_slice(frame.data);
            }
            Weight::All => self.read(frame),
            Weight::End => self.state.end(),
        }
        self.output_count += u64::from(weight != Weight::End && self.state.has_output);
    }

    fn losses(&mut self) -> &mut Losses {
        &mut self.state.response.losses
    }
}
