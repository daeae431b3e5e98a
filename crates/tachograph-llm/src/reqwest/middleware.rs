use std::{fmt, sync::Arc};

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use tachograph_core::{Outcome, Telemetry, context::carry_in, opentelemetry::StringValue};

use super::{
    body::AnswerBody,
    convert::{into_http, into_reqwest},
    error,
    facts::Facts,
    logical::Logical,
    reading::{Latest, Reading},
    recognize::{NamedHosts, Recognized},
    under_way::{self, UnderWay},
};

type Recognizer = dyn Fn(&Request) -> Option<Recognized> + Send + Sync;

/// Tracks the calls to models among the requests of the client that it is added to. Spans and metrics are those of
/// [`LlmRequest`](tachograph_core::LlmRequest), and further:
///
/// - A call lasts until the body of its answer was read to the end or dropped. A stream that is dropped half-way is recorded as cancelled,
///   with the tokens that were reported by then; one that is dropped after the provider's last event is a success.
/// - Inside of a call that the application tracks itself (`#[track_llm_request]`) there is no second one: that call is told what request and
///   answer say, as long as it runs. So let it read the answer, or return the stream. Whether it failed is for the application to say; an
///   answer that says so marks it where the application does not.
/// - An answer of status 400 or more is an error of the code in its body, else of its status.
/// - Settings, model and content come from a body that is in memory; of a streamed request body nothing is known, and the model is
///   `unknown`.
/// - A compressed answer is read if `reqwest` unpacks it (its features `gzip`, `brotli`, `zstd`, `deflate`); else there is no usage, and the
///   call says so.
/// - The answer is never changed, delayed, joined or copied. The response keeps its URL, its extensions, its length and the address of the
///   peer. An error of its body has one more `reqwest::Error` around its cause; `is_timeout` and its siblings see through that.
///
/// Where no telemetry is in force, and for every other request, nothing is done at all.
#[derive(Clone, Default)]
pub struct LlmMiddleware {
    hosts: NamedHosts,
    recognizers: Vec<Arc<Recognizer>>,
    telemetry: Option<Telemetry>,
}

impl LlmMiddleware {
    /// A middleware that knows the hosts of the providers and records to the telemetry in force.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Recognises calls to `host` (`llm.internal`, or `llm.internal:8000` for one port), by their path as [`Recognized::of_path`] does. A
    /// host named here counts before those that are known.
    ///
    /// The provider (`vllm`, `openai`) becomes a metric label: keep it one of a few names.
    #[must_use]
    pub fn with_host(mut self, host: &str, provider: impl Into<StringValue>) -> Self {
        self.hosts.add(host, provider.into());
        self
    }

    /// Asks `recognize` of every request first, whatever its method. `None` leaves it to the recognisers added later, and then to the hosts.
    ///
    /// It runs for all requests of the client: decide by the address.
    #[must_use]
    pub fn with_recognizer(
        mut self,
        recognize: impl Fn(&Request) -> Option<Recognized> + Send + Sync + 'static,
    ) -> Self {
        self.recognizers.push(Arc::new(recognize));
        self
    }

    /// Records to this telemetry, and has it in force for what runs inside, instead of the one that is in force where the request is made:
    /// for tests and for processes of several tenants.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.telemetry = Some(telemetry);
        self
    }

    fn recognize(&self, request: &Request) -> Option<Recognized> {
        if self.telemetry.is_none() && !Telemetry::is_in_force() {
            return None;
        }
        let own = self.recognizers.iter().find_map(|recognize| recognize(request));
        own.or_else(|| self.hosts.recognize(request))
    }

    fn find_or_start(&self, facts: &Facts, request: &Request) -> Option<Logical> {
        let _telemetry = self.telemetry.as_ref().map(Telemetry::enter);
        Logical::find_or_start(facts, request)
    }
}

#[async_trait]
impl Middleware for LlmMiddleware {
    async fn handle(&self, request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        let Some(recognized) = self.recognize(&request) else { return next.run(request, extensions).await };
        if let Some(under_way) = UnderWay::find(extensions) {
            let attempt = under_way.attempt();
            let answered = next.run(request, extensions).await;
            if let Some(attempt) = under_way::tell(attempt, &answered) {
                under_way.answered(attempt);
            }
            return answered;
        }
        let facts = Facts::of(&request, recognized);
        let Some(mut call) = self.find_or_start(&facts, &request) else { return next.run(request, extensions).await };
        let (under_way, context) = UnderWay::begin(&call, extensions);
        let answered = carry_in(&context, next.run(request, extensions)).await;
        let attempt = under_way.last(&answered);
        match answered {
            Ok(response) => {
                let (head, body) = into_http(response).into_parts();
                let reading = Reading::begin(&head, facts.format(), facts.streams(), &call);
                Latest::answer(&call, &reading);
                let body = AnswerBody::new(&head, body, reading, attempt, call);
                Ok(into_reqwest(http::Response::from_parts(head, body)))
            }
            Err(error) => {
                call.finish(Outcome::error(error::of_request(&error)));
                Err(error)
            }
        }
    }
}

impl fmt::Debug for LlmMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LlmMiddleware")
            .field("hosts", &self.hosts)
            .field("recognizers", &self.recognizers.len())
            .field("telemetry", &self.telemetry)
            .finish()
    }
}
