//! The instruments of one [`Telemetry`](crate::Telemetry), made when first used.
//!
//! Lazily, because the SDK reserves memory for every instrument at its cardinality limit: an application that runs no
//! workflow should not pay for the workflow histogram.

use std::sync::OnceLock;

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter};

use crate::{
    operation::Kind,
    semconv::{bucket, metric, unit},
};

macro_rules! instruments {
    ($($name:ident: $instrument:ty = $build:ident($metric:ident, $unit:ident $(, $bounds:ident)?) $help:literal;)*) => {
        pub(crate) struct Instruments {
            meter: Meter,
            durations: [OnceLock<Histogram<f64>>; Kind::COUNT],
            $($name: OnceLock<$instrument>,)*
        }

        impl Instruments {
            pub(crate) fn new(meter: Meter) -> Self {
                Self { meter, durations: Default::default(), $($name: OnceLock::new(),)* }
            }

            $(
                #[doc = $help]
                pub(crate) fn $name(&self) -> &$instrument {
                    self.$name.get_or_init(|| {
                        let builder = self.meter.$build(metric::$metric).with_unit(unit::$unit).with_description($help);
                        $(let builder = builder.with_boundaries(bucket::$bounds.to_vec());)?
                        builder.build()
                    })
                }
            )*
        }
    };
}

instruments! {
    tokens: Histogram<u64> = u64_histogram(LLM_TOKEN_USAGE, TOKEN, TOKENS) "Tokens of calls to models, by type.";
    cost: Counter<f64> = f64_counter(LLM_COST, USD) "Cost of calls to models, in US dollars.";
    to_first_chunk: Histogram<f64> = f64_histogram(LLM_TIME_TO_FIRST_CHUNK, SECONDS, GEN_AI_CALL)
        "Time until a streamed answer of a model began.";
    per_output_chunk: Histogram<f64> = f64_histogram(LLM_TIME_PER_OUTPUT_CHUNK, SECONDS, GEN_AI_CALL)
        "Time from one chunk of a streamed answer to the next.";
    inference_duration: Histogram<f64> = f64_histogram(INFERENCE_DURATION, SECONDS, GEN_AI_CALL)
        "Duration of inferences.";
    embeddings_duration: Histogram<f64> = f64_histogram(EMBEDDINGS_DURATION, SECONDS, GEN_AI_CALL)
        "Duration of embeddings.";
    embeddings_input: Histogram<u64> = u64_histogram(EMBEDDINGS_INPUT_TOKENS, TOKEN, TOKENS)
        "Input tokens of one embedding.";
    inference_to_first_chunk: Histogram<f64> = f64_histogram(INFERENCE_TIME_TO_FIRST_CHUNK, SECONDS, GEN_AI_CALL)
        "Time until a streamed inference began.";
    inference_per_output_chunk: Histogram<f64> = f64_histogram(INFERENCE_TIME_PER_OUTPUT_CHUNK, SECONDS, GEN_AI_CALL)
        "Time from one chunk of a streamed inference to the next.";
    inference_input: Histogram<u64> = u64_histogram(INFERENCE_INPUT_TOKENS, TOKEN, TOKENS)
        "Input tokens of one inference.";
    inference_output: Histogram<u64> = u64_histogram(INFERENCE_OUTPUT_TOKENS, TOKEN, TOKENS)
        "Output tokens of one inference.";
    used_input: Counter<u64> = u64_counter(USAGE_INPUT_TOKENS, TOKEN) "Input tokens of inferences.";
    used_output: Counter<u64> = u64_counter(USAGE_OUTPUT_TOKENS, TOKEN) "Output tokens of inferences.";
    used_cache_read: Counter<u64> = u64_counter(USAGE_CACHE_READ, TOKEN)
        "Input tokens of inferences that were read from the provider's cache.";
    used_cache_write: Counter<u64> = u64_counter(USAGE_CACHE_WRITE, TOKEN)
        "Input tokens of inferences that were written to the provider's cache.";
    used_reasoning: Counter<u64> = u64_counter(USAGE_REASONING, TOKEN) "Output tokens of inferences that were reasoning.";
    unpriced: Counter<u64> = u64_counter(LLM_UNPRICED, CALL) "Calls with usage to models whose price is not known.";
    usage_unreported: Counter<u64> = u64_counter(LLM_USAGE_UNREPORTED, CALL)
        "Answers of models whose usage was not reported, or not to the end.";
    retries: Counter<u64> = u64_counter(LLM_RETRIES, ATTEMPT) "Attempts of calls to models that were made again.";
    retry_wait: Histogram<f64> = f64_histogram(LLM_RETRY_WAIT, SECONDS, GEN_AI_CALL)
        "Time between the attempts of calls to models.";
    operations_active: UpDownCounter<i64> = i64_up_down_counter(OPERATIONS_ACTIVE, OPERATION)
        "Operations in flight, by kind.";
    http_active: UpDownCounter<i64> = i64_up_down_counter(HTTP_ACTIVE, REQUEST) "HTTP server requests in flight.";
    request_size: Histogram<u64> = u64_histogram(HTTP_REQUEST_SIZE, BYTES, BODY_SIZE)
        "Size of HTTP server request bodies.";
    response_size: Histogram<u64> = u64_histogram(HTTP_RESPONSE_SIZE, BYTES, BODY_SIZE)
        "Size of HTTP server response bodies.";
    http_client_active: UpDownCounter<i64> = i64_up_down_counter(HTTP_CLIENT_ACTIVE, REQUEST)
        "Outgoing HTTP requests in flight.";
    client_request_size: Histogram<u64> = u64_histogram(HTTP_CLIENT_REQUEST_SIZE, BYTES, BODY_SIZE)
        "Size of the bodies of outgoing HTTP requests.";
    client_response_size: Histogram<u64> = u64_histogram(HTTP_CLIENT_RESPONSE_SIZE, BYTES, BODY_SIZE)
        "Size of the bodies that answered outgoing HTTP requests.";
    rate_limited: Counter<u64> = u64_counter(RATE_LIMITED, REQUEST)
        "Requests refused because there were too many: HTTP 429, gRPC RESOURCE_EXHAUSTED.";
    request_operations: Histogram<u64> = u64_histogram(REQUEST_OPERATIONS, OPERATION, REQUEST_OPERATIONS)
        "Database, model, tool and cache operations of one request, by kind.";
    request_operations_duration: Histogram<f64> =
        f64_histogram(REQUEST_OPERATIONS_DURATION, SECONDS, HTTP_REQUEST)
        "Time of database, model, tool and cache operations in one request, by kind.";
    propagation_rejected: Counter<u64> = u64_counter(PROPAGATION_REJECTED, HEADER)
        "Headers with trace context or baggage that were ignored.";
    returned_rows: Histogram<u64> = u64_histogram(DB_RETURNED_ROWS, ROW, DB_ROWS)
        "Rows that database operations returned.";
    cache_operations: Counter<u64> = u64_counter(CACHE_OPERATIONS, OPERATION) "Cache operations, by result.";
    errors: Counter<u64> = u64_counter(ERRORS, ERROR) "Errors, by type and component.";
    system_health: Gauge<f64> = f64_gauge(SYSTEM_HEALTH, ONE)
        "Health of a component: 1 healthy, 0.5 degraded, 0 unhealthy.";
    users_active: Gauge<u64> = u64_gauge(USERS_ACTIVE, USER) "Users active now.";
    database_connections: Gauge<u64> = u64_gauge(DATABASE_CONNECTIONS, CONNECTION) "Open database connections.";
}

impl Instruments {
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Operations in flight; those of HTTP have the name of their convention.
    pub(crate) fn active(&self, kind: Kind) -> &UpDownCounter<i64> {
        match kind {
            Kind::Http => self.http_active(),
            Kind::HttpClient => self.http_client_active(),
            _ => self.operations_active(),
        }
    }

    pub(crate) fn request_size_of(&self, kind: Kind) -> &Histogram<u64> {
        if kind == Kind::HttpClient { self.client_request_size() } else { self.request_size() }
    }

    pub(crate) fn response_size_of(&self, kind: Kind) -> &Histogram<u64> {
        if kind == Kind::HttpClient { self.client_response_size() } else { self.response_size() }
    }

    /// The duration histogram of a kind, in seconds.
    pub(crate) fn duration(&self, kind: Kind) -> &Histogram<f64> {
        self.durations[kind as usize].get_or_init(|| {
            let (name, description, boundaries) = match kind {
                Kind::Agent => (metric::AGENT_DURATION, "Duration of agent runs.", bucket::AGENT_RUN),
                Kind::Llm => (metric::LLM_DURATION, "Duration of calls to models.", bucket::GEN_AI_CALL),
                Kind::Tool => (metric::TOOL_DURATION, "Duration of tool executions.", bucket::GEN_AI_CALL),
                Kind::Workflow => (metric::WORKFLOW_DURATION, "Duration of workflow runs.", bucket::WORKFLOW_RUN),
                Kind::Command => (metric::COMMAND_DURATION, "Duration of commands.", bucket::HTTP_REQUEST),
                Kind::Http => (metric::HTTP_DURATION, "Duration of HTTP server requests.", bucket::HTTP_REQUEST),
                Kind::Db => (metric::DB_DURATION, "Duration of database operations.", bucket::DB_OPERATION),
                Kind::Cache => (metric::CACHE_DURATION, "Duration of cache operations.", bucket::CACHE_OPERATION),
                Kind::HttpClient => {
                    (metric::HTTP_CLIENT_DURATION, "Duration of outgoing HTTP requests.", bucket::HTTP_REQUEST)
                }
                Kind::Rpc => (metric::RPC_SERVER_DURATION, "Duration of RPCs at the server.", bucket::HTTP_REQUEST),
                Kind::RpcClient => {
                    (metric::RPC_CLIENT_DURATION, "Duration of RPCs at the client.", bucket::HTTP_REQUEST)
                }
            };
            self.meter
                .f64_histogram(name)
                .with_unit(unit::SECONDS)
                .with_description(description)
                .with_boundaries(boundaries.to_vec())
                .build()
        })
    }
}
