//! Every attribute, metric and value name that Tachograph emits, in one file: so long as it is, whoever looks for a name looks here.
//!
//! The names follow the OpenTelemetry semantic conventions: core 1.45.0 (stable HTTP, database and error names) and
//! the GenAI registry in development, whose *established* names are used here because backends read those today.
//! Names for which no convention exists start with `tachograph.`.
//!
//! | module | holds |
//! |---|---|
//! | [`attribute`] | attribute keys of spans, metrics and log records |
//! | [`metric`] | instrument names |
//! | [`mod@unit`] | UCUM units |
//! | [`bucket`] | advised histogram boundaries |
//! | [`value`] | well-known attribute values |
//! | [`event`] | names of events for logs |

/// Version of the core conventions that the stable names are taken from.
pub const CORE_VERSION: &str = "1.45.0";

/// Attribute keys.
pub mod attribute {
    /// Class of error a call ended with; absent on success. Low cardinality.
    pub const ERROR_TYPE: &str = "error.type";

    /// GenAI operation: `chat`, `invoke_agent`, `execute_tool` and so on.
    pub const GEN_AI_OPERATION_NAME: &str = "gen_ai.operation.name";
    /// GenAI provider, for instance `openai`.
    pub const GEN_AI_PROVIDER_NAME: &str = "gen_ai.provider.name";
    /// Model as requested.
    pub const GEN_AI_REQUEST_MODEL: &str = "gen_ai.request.model";
    /// Sampling temperature of the request.
    pub const GEN_AI_REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
    /// Nucleus sampling of the request.
    pub const GEN_AI_REQUEST_TOP_P: &str = "gen_ai.request.top_p";
    /// Output token limit of the request.
    pub const GEN_AI_REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
    /// Sampling among this many tokens.
    pub const GEN_AI_REQUEST_TOP_K: &str = "gen_ai.request.top_k";
    /// Frequency penalty of the request.
    pub const GEN_AI_REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";
    /// Presence penalty of the request.
    pub const GEN_AI_REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";
    /// Seed of the sampling.
    pub const GEN_AI_REQUEST_SEED: &str = "gen_ai.request.seed";
    /// Texts at which the model stops.
    pub const GEN_AI_REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";
    /// Number of answers that were wanted, if not one.
    pub const GEN_AI_REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";
    /// How much the model shall reason, in the provider's words.
    pub const GEN_AI_REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";
    /// The answer that the request goes on from.
    pub const GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID: &str = "gen_ai.request.previous_response.id";
    /// Kind of output that was asked for: `text`, `json`, `image`, `speech`.
    pub const GEN_AI_OUTPUT_TYPE: &str = "gen_ai.output.type";
    /// Present and true when the response is streamed.
    pub const GEN_AI_REQUEST_STREAM: &str = "gen_ai.request.stream";
    /// Model that answered.
    pub const GEN_AI_RESPONSE_MODEL: &str = "gen_ai.response.model";
    /// Identifier of the response.
    pub const GEN_AI_RESPONSE_ID: &str = "gen_ai.response.id";
    /// Why each choice ended.
    pub const GEN_AI_RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
    /// Seconds until a streamed answer began.
    pub const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
    /// Tier of service that OpenAI was asked for.
    pub const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";
    /// Tier of service that OpenAI answered with.
    pub const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";
    /// OpenAI's name for the state of its backend.
    pub const OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "openai.response.system_fingerprint";
    /// `chat_completions` or `responses`.
    pub const OPENAI_API_TYPE: &str = "openai.api.type";
    /// Guardrail of Amazon Bedrock.
    pub const AWS_BEDROCK_GUARDRAIL_ID: &str = "aws.bedrock.guardrail.id";
    /// Input tokens, cached ones included.
    pub const GEN_AI_USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
    /// Output tokens, reasoning included.
    pub const GEN_AI_USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
    /// Part of the input that was read from the provider's cache.
    pub const GEN_AI_USAGE_CACHE_READ: &str = "gen_ai.usage.cache_read.input_tokens";
    /// Part of the input that was written to the provider's cache.
    pub const GEN_AI_USAGE_CACHE_WRITE: &str = "gen_ai.usage.cache_write.input_tokens";
    /// Part of the output that was reasoning.
    pub const GEN_AI_USAGE_REASONING: &str = "gen_ai.usage.reasoning.output_tokens";
    /// Part of the input that was audio.
    pub const GEN_AI_USAGE_AUDIO_INPUT: &str = "gen_ai.usage.audio.input_tokens";
    /// Part of the output that was audio.
    pub const GEN_AI_USAGE_AUDIO_OUTPUT: &str = "gen_ai.usage.audio.output_tokens";
    /// Instructions to the model, as JSON.
    pub const GEN_AI_SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";
    /// Messages to the model, as JSON.
    pub const GEN_AI_INPUT_MESSAGES: &str = "gen_ai.input.messages";
    /// Messages of the model, as JSON.
    pub const GEN_AI_OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
    /// Tools that the model may ask for, as JSON.
    pub const GEN_AI_TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
    /// `text`, `image`, `audio` or `unknown`, on the token counters.
    pub const GEN_AI_TOKEN_MODALITY: &str = "gen_ai.token.modality";
    /// `input` or `output`, on the token histogram.
    pub const GEN_AI_TOKEN_TYPE: &str = "gen_ai.token.type";
    /// Name of the agent.
    pub const GEN_AI_AGENT_NAME: &str = "gen_ai.agent.name";
    /// Conversation that the call belongs to.
    pub const GEN_AI_CONVERSATION_ID: &str = "gen_ai.conversation.id";
    /// Name of the tool.
    pub const GEN_AI_TOOL_NAME: &str = "gen_ai.tool.name";
    /// Type of the tool: `function`, `extension`, `datastore`.
    pub const GEN_AI_TOOL_TYPE: &str = "gen_ai.tool.type";
    /// What the tool does.
    pub const GEN_AI_TOOL_DESCRIPTION: &str = "gen_ai.tool.description";
    /// Identifier of the tool call that the model made.
    pub const GEN_AI_TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
    /// Name of the workflow.
    pub const GEN_AI_WORKFLOW_NAME: &str = "gen_ai.workflow.name";

    /// HTTP method, `_OTHER` for one that is not known.
    pub const HTTP_REQUEST_METHOD: &str = "http.request.method";
    /// The method as sent, when it is not known.
    pub const HTTP_REQUEST_METHOD_ORIGINAL: &str = "http.request.method_original";
    /// Status code of the response.
    pub const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";
    /// Size of the request body in bytes.
    pub const HTTP_REQUEST_BODY_SIZE: &str = "http.request.body.size";
    /// Size of the response body in bytes.
    pub const HTTP_RESPONSE_BODY_SIZE: &str = "http.response.body.size";
    /// Template of the matched route.
    pub const HTTP_ROUTE: &str = "http.route";
    /// `http` or `https`.
    pub const URL_SCHEME: &str = "url.scheme";
    /// Path of the URL, without the query.
    pub const URL_PATH: &str = "url.path";
    /// Version of the network protocol: `1.1`, `2`.
    pub const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";
    /// The `User-Agent` header.
    pub const USER_AGENT_ORIGINAL: &str = "user_agent.original";
    /// Kind of a part of the SDK: `batching_span_processor`.
    pub const OTEL_COMPONENT_TYPE: &str = "otel.component.type";
    /// Name of a part of the SDK: its kind and a number.
    pub const OTEL_COMPONENT_NAME: &str = "otel.component.name";
    /// What the sampler said: `RECORD_AND_SAMPLE`.
    pub const OTEL_SPAN_SAMPLING_RESULT: &str = "otel.span.sampling_result";
    /// Host that a client talks to.
    pub const SERVER_ADDRESS: &str = "server.address";
    /// Port that a client talks to.
    pub const SERVER_PORT: &str = "server.port";
    /// Address of the client, as far as trusted proxies tell it.
    pub const CLIENT_ADDRESS: &str = "client.address";
    /// Query of the URL, redacted.
    pub const URL_QUERY: &str = "url.query";
    /// URL of an outgoing request, redacted.
    pub const URL_FULL: &str = "url.full";
    /// Template of the path of an outgoing request.
    pub const URL_TEMPLATE: &str = "url.template";
    /// Which try of an outgoing request this is: 1 for the first repetition.
    pub const HTTP_REQUEST_RESEND_COUNT: &str = "http.request.resend_count";
    /// Prefix of recorded request headers; the name follows in lower case.
    pub const HTTP_REQUEST_HEADER_PREFIX: &str = "http.request.header.";
    /// Prefix of recorded response headers; the name follows in lower case.
    pub const HTTP_RESPONSE_HEADER_PREFIX: &str = "http.response.header.";

    /// RPC system: `grpc`.
    pub const RPC_SYSTEM_NAME: &str = "rpc.system.name";
    /// Method with its service: `pkg.Service/Method`; `_OTHER` for one that the server does not know.
    pub const RPC_METHOD: &str = "rpc.method";
    /// The method as sent, when the server does not know it.
    pub const RPC_METHOD_ORIGINAL: &str = "rpc.method_original";
    /// Status of the answer: `OK`, `DEADLINE_EXCEEDED`.
    pub const RPC_STATUS_CODE: &str = "rpc.status_code";

    /// What processors spent time on: `user` or `system`.
    pub const CPU_MODE: &str = "cpu.mode";
    /// `used` or `free`, of memory.
    pub const SYSTEM_MEMORY_STATE: &str = "system.memory.state";
    /// `used`, `free` or `reserved`, of a file system.
    pub const SYSTEM_FILESYSTEM_STATE: &str = "system.filesystem.state";

    /// Identifier of the session.
    pub const SESSION_ID: &str = "session.id";
    /// Identifier of the user.
    pub const USER_ID: &str = "user.id";

    /// Database product: `postgresql`, `sqlite`, `redis`.
    pub const DB_SYSTEM_NAME: &str = "db.system.name";
    /// Database operation: `SELECT`, `GET`.
    pub const DB_OPERATION_NAME: &str = "db.operation.name";
    /// Table or collection.
    pub const DB_COLLECTION_NAME: &str = "db.collection.name";
    /// Statement with placeholders, without literals.
    pub const DB_QUERY_TEXT: &str = "db.query.text";
    /// Low-cardinality summary of the statement.
    pub const DB_QUERY_SUMMARY: &str = "db.query.summary";
    /// Rows that the query returned.
    pub const DB_RESPONSE_RETURNED_ROWS: &str = "db.response.returned_rows";
    /// Database, schema or index that the operation works in.
    pub const DB_NAMESPACE: &str = "db.namespace";
    /// How many operations went together, from two on.
    pub const DB_OPERATION_BATCH_SIZE: &str = "db.operation.batch.size";
    /// Stored procedure that is called.
    pub const DB_STORED_PROCEDURE_NAME: &str = "db.stored_procedure.name";
    /// Code that the database gave: `23505`, `WRONGTYPE`.
    pub const DB_RESPONSE_STATUS_CODE: &str = "db.response.status_code";
    /// Name of a connection pool.
    pub const DB_POOL_NAME: &str = "db.client.connection.pool.name";
    /// `idle` or `used`.
    pub const DB_POOL_STATE: &str = "db.client.connection.state";
    /// Rows that the query changed.
    pub const DB_AFFECTED_ROWS: &str = "tachograph.db.affected_rows";

    /// Kind of operation: `agent`, `llm`, `tool`, `workflow`, `command`, `http`, `http_client`, `rpc`, `rpc_client`,
    /// `db`, `cache`.
    pub const OPERATION_KIND: &str = "tachograph.operation.kind";
    /// How long something took, in milliseconds with their fractions. On events for logs; spans and metrics have seconds.
    pub const DURATION_MS: &str = "duration_ms";
    /// How long it might have taken, in milliseconds. On events of calls that took longer.
    pub const THRESHOLD_MS: &str = "threshold_ms";
    /// What took a time that the application measured.
    pub const OPERATION: &str = "operation";
    /// Name of a command.
    pub const COMMAND_NAME: &str = "tachograph.command.name";
    /// Name of a cache.
    pub const CACHE_NAME: &str = "tachograph.cache.name";
    /// Operation on a cache: `get`, `set`, `remove`.
    pub const CACHE_OPERATION: &str = "tachograph.cache.operation";
    /// `hit` or `miss`.
    pub const CACHE_RESULT: &str = "tachograph.cache.result";
    /// Tier of service that a provider other than OpenAI answered with.
    pub const LLM_SERVICE_TIER: &str = "tachograph.llm.service_tier";
    /// Part of the cache writes that the provider keeps for an hour.
    pub const LLM_CACHE_WRITE_1H: &str = "tachograph.llm.usage.cache_write_1h.input_tokens";
    /// Present where token figures are not whole: `missing` or `partial`.
    pub const LLM_USAGE_STATUS: &str = "tachograph.llm.usage.status";
    /// What a call cost, in US dollars.
    pub const LLM_COST_AMOUNT: &str = "tachograph.llm.cost.amount";
    /// Where the cost comes from: `computed`, `provider` or `caller`.
    pub const LLM_COST_SOURCE: &str = "tachograph.llm.cost.source";
    /// Attempts that a call took, if more than one or if one failed.
    pub const LLM_ATTEMPTS: &str = "tachograph.llm.attempts";
    /// Seconds that a call waited between its attempts.
    pub const LLM_RETRY_WAIT: &str = "tachograph.llm.retry.wait";
    /// Which attempt it was; the first is 1.
    pub const ATTEMPT_NUMBER: &str = "tachograph.attempt.number";
    /// Seconds that an attempt took.
    pub const ATTEMPT_DURATION: &str = "tachograph.attempt.duration";
    /// Seconds since the attempt before it ended.
    pub const ATTEMPT_WAIT: &str = "tachograph.attempt.wait";
    /// Seconds that the provider asked to wait.
    pub const ATTEMPT_RETRY_AFTER: &str = "tachograph.attempt.retry_after";
    /// Bytes of content that were left out for their length.
    pub const CONTENT_OMITTED: &str = "tachograph.content.omitted_bytes";
    /// Component of the application.
    pub const COMPONENT: &str = "tachograph.component";
    /// Type of an exception: the path of the error's type, or its variant where the type is not known.
    pub const EXCEPTION_TYPE: &str = "exception.type";
    /// Message of an exception.
    pub const EXCEPTION_MESSAGE: &str = "exception.message";
    /// Where an exception was captured, call by call.
    pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
    /// Messages of what caused an exception, the nearest cause first: an array of texts.
    pub const EXCEPTION_CAUSES: &str = "tachograph.exception.causes";
    /// Prefix of the tags of a captured error; the tag's name follows.
    pub const TAG_PREFIX: &str = "tachograph.tag.";
    /// Tags and attributes of a captured error that were left out because there were too many.
    pub const CAPTURE_OMITTED: &str = "tachograph.capture.omitted";
    /// What happened before a captured error, as JSON.
    pub const BREADCRUMBS: &str = "tachograph.breadcrumbs";
    /// Breadcrumbs that gave way to later ones.
    pub const BREADCRUMBS_DROPPED: &str = "tachograph.breadcrumbs.dropped";
    /// File that a log record was written in; of a panic, where it happened.
    pub const CODE_FILE_PATH: &str = "code.file.path";
    /// Line in it.
    pub const CODE_LINE_NUMBER: &str = "code.line.number";
    /// Column in it.
    pub const CODE_COLUMN_NUMBER: &str = "code.column.number";
    /// Number of a thread within the process.
    pub const THREAD_ID: &str = "thread.id";
    /// Name of a thread.
    pub const THREAD_NAME: &str = "thread.name";
    /// Prefix of captured arguments; the argument's name follows.
    pub const ARGUMENT_PREFIX: &str = "tachograph.argument.";
    /// Why a cache gave an entry up: `expired`, `size`.
    pub const CACHE_EVICTION_CAUSE: &str = "tachograph.cache.eviction.cause";
    /// Identifier of a request, as it came in or as it was made.
    pub const REQUEST_ID: &str = "tachograph.request.id";
    /// Identifier of the tenant.
    pub const TENANT_ID: &str = "tachograph.tenant.id";
    /// Present and true on an outgoing request that its caller gave up.
    pub const CANCELLED: &str = "tachograph.cancelled";
    /// Header that was ignored: `traceparent`, `tracestate`, `baggage`.
    pub const PROPAGATION_HEADER: &str = "tachograph.propagation.header";
    /// Why it was ignored.
    pub const PROPAGATION_REASON: &str = "tachograph.propagation.reason";
    /// Name of the instrument that a metric about metrics speaks of.
    pub const INSTRUMENT_NAME: &str = "tachograph.instrument.name";
    /// Name of the scope of that instrument; left out where the scope has none.
    pub const INSTRUMENT_SCOPE: &str = "tachograph.instrument.scope";
    /// Why a scrape left something out: `type_conflict`, `duplicate_series`, `exponential_histogram`, `shadowed_projection`,
    /// `negative_counter`, `appended`; why a log line was dropped: `queue_full`, `io_error`, `shut_down`; why an event for Sentry was dropped: `queue_full`,
    /// `unreachable`, `refused`, `rate_limited`, `sample_rate`, `shut_down`.
    pub const REASON: &str = "tachograph.reason";
    /// Module that a log record was written in, where it is not the name of the scope.
    pub const CODE_MODULE: &str = "tachograph.code.module";
    /// Fields of an event that its log record had no room for.
    pub const LOG_OMITTED_FIELDS: &str = "tachograph.log.omitted_fields";
    /// Name of a log file, without its directory.
    pub const LOG_FILE_NAME: &str = "log.file.name";
    /// Database operations of a request.
    pub const REQUEST_DB_OPERATIONS: &str = "tachograph.request.db.operations";
    /// Time of them, in seconds.
    pub const REQUEST_DB_DURATION: &str = "tachograph.request.db.duration";
    /// Calls to models of a request.
    pub const REQUEST_LLM_OPERATIONS: &str = "tachograph.request.llm.operations";
    /// Time of them, in seconds.
    pub const REQUEST_LLM_DURATION: &str = "tachograph.request.llm.duration";
    /// Tool executions of a request.
    pub const REQUEST_TOOL_OPERATIONS: &str = "tachograph.request.tool.operations";
    /// Time of them, in seconds.
    pub const REQUEST_TOOL_DURATION: &str = "tachograph.request.tool.duration";
    /// Cache operations of a request.
    pub const REQUEST_CACHE_OPERATIONS: &str = "tachograph.request.cache.operations";
    /// Time of them, in seconds.
    pub const REQUEST_CACHE_DURATION: &str = "tachograph.request.cache.duration";
}

/// Instrument names.
pub mod metric {
    /// Duration of an in-process agent run, in seconds.
    pub const AGENT_DURATION: &str = "gen_ai.invoke_agent.duration";
    /// Duration of a call to a model, in seconds.
    pub const LLM_DURATION: &str = "gen_ai.client.operation.duration";
    /// Tokens of a call to a model, by type.
    pub const LLM_TOKEN_USAGE: &str = "gen_ai.client.token.usage";
    /// Time until a streamed answer began, in seconds.
    pub const LLM_TIME_TO_FIRST_CHUNK: &str = "gen_ai.client.operation.time_to_first_chunk";
    /// Time from one chunk of a streamed answer to the next, in seconds.
    pub const LLM_TIME_PER_OUTPUT_CHUNK: &str = "gen_ai.client.operation.time_per_output_chunk";
    /// Duration of an inference under its latest name, in seconds.
    pub const INFERENCE_DURATION: &str = "gen_ai.client.inference.duration";
    /// Duration of an embedding under its latest name, in seconds.
    pub const EMBEDDINGS_DURATION: &str = "gen_ai.client.embeddings.duration";
    /// Input tokens of one embedding under its latest name.
    pub const EMBEDDINGS_INPUT_TOKENS: &str = "gen_ai.client.embeddings.operation.input_tokens";
    /// Time until a streamed answer began under its latest name, in seconds.
    pub const INFERENCE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.client.inference.time_to_first_chunk";
    /// Time from one chunk of a streamed answer to the next under its latest name, in seconds.
    pub const INFERENCE_TIME_PER_OUTPUT_CHUNK: &str = "gen_ai.client.inference.time_per_output_chunk";
    /// Input tokens of one inference.
    pub const INFERENCE_INPUT_TOKENS: &str = "gen_ai.client.inference.operation.input_tokens";
    /// Output tokens of one inference.
    pub const INFERENCE_OUTPUT_TOKENS: &str = "gen_ai.client.inference.operation.output_tokens";
    /// Input tokens of all inferences.
    pub const USAGE_INPUT_TOKENS: &str = "gen_ai.client.inference.usage.input_tokens";
    /// Output tokens of all inferences.
    pub const USAGE_OUTPUT_TOKENS: &str = "gen_ai.client.inference.usage.output_tokens";
    /// Input tokens that were read from the provider's cache.
    pub const USAGE_CACHE_READ: &str = "gen_ai.client.inference.usage.cache_read.input_tokens";
    /// Input tokens that were written to the provider's cache.
    pub const USAGE_CACHE_WRITE: &str = "gen_ai.client.inference.usage.cache_write.input_tokens";
    /// Output tokens that were reasoning.
    pub const USAGE_REASONING: &str = "gen_ai.client.inference.usage.reasoning.output_tokens";
    /// Calls with usage whose model has no price.
    pub const LLM_UNPRICED: &str = "tachograph.llm.unpriced";
    /// Answers whose usage the provider did not report, or not to the end.
    pub const LLM_USAGE_UNREPORTED: &str = "tachograph.llm.usage.unreported";
    /// Attempts that were made again.
    pub const LLM_RETRIES: &str = "tachograph.llm.retries";
    /// Time between the attempts of a call, in seconds.
    pub const LLM_RETRY_WAIT: &str = "tachograph.llm.retry.wait.duration";
    /// Cost of calls to models, in US dollars.
    pub const LLM_COST: &str = "tachograph.llm.cost";
    /// Duration of a tool execution, in seconds.
    pub const TOOL_DURATION: &str = "gen_ai.execute_tool.duration";
    /// Duration of a workflow run, in seconds.
    pub const WORKFLOW_DURATION: &str = "gen_ai.invoke_workflow.duration";
    /// Duration of a command, in seconds.
    pub const COMMAND_DURATION: &str = "tachograph.command.duration";
    /// Duration of an HTTP request at the server, in seconds.
    pub const HTTP_DURATION: &str = "http.server.request.duration";
    /// HTTP requests that the server is working on.
    pub const HTTP_ACTIVE: &str = "http.server.active_requests";
    /// Size of request bodies, in bytes.
    pub const HTTP_REQUEST_SIZE: &str = "http.server.request.body.size";
    /// Size of response bodies, in bytes.
    pub const HTTP_RESPONSE_SIZE: &str = "http.server.response.body.size";
    /// Duration of an outgoing HTTP request, in seconds.
    pub const HTTP_CLIENT_DURATION: &str = "http.client.request.duration";
    /// Outgoing HTTP requests under way.
    pub const HTTP_CLIENT_ACTIVE: &str = "http.client.active_requests";
    /// Size of the bodies of outgoing requests, in bytes.
    pub const HTTP_CLIENT_REQUEST_SIZE: &str = "http.client.request.body.size";
    /// Size of the bodies that answered them, in bytes.
    pub const HTTP_CLIENT_RESPONSE_SIZE: &str = "http.client.response.body.size";
    /// Duration of an RPC at the server, in seconds.
    pub const RPC_SERVER_DURATION: &str = "rpc.server.call.duration";
    /// Duration of an RPC at the client, in seconds.
    pub const RPC_CLIENT_DURATION: &str = "rpc.client.call.duration";
    /// Requests that were refused because there were too many: HTTP status 429, gRPC `RESOURCE_EXHAUSTED`.
    pub const RATE_LIMITED: &str = "tachograph.requests.rate_limited";
    /// Database, model, tool and cache operations of one request, by kind.
    pub const REQUEST_OPERATIONS: &str = "tachograph.request.operations";
    /// Time of these operations in one request, by kind, in seconds.
    pub const REQUEST_OPERATIONS_DURATION: &str = "tachograph.request.operations.duration";
    /// Headers of callers that were ignored.
    pub const PROPAGATION_REJECTED: &str = "tachograph.propagation.rejected";
    /// Duration of a database operation, in seconds.
    pub const DB_DURATION: &str = "db.client.operation.duration";
    /// Rows that a database operation returned.
    pub const DB_RETURNED_ROWS: &str = "db.client.response.returned_rows";
    /// Connections of a pool, by state.
    pub const DB_POOL_COUNT: &str = "db.client.connection.count";
    /// Fewest idle connections that a pool keeps.
    pub const DB_POOL_IDLE_MIN: &str = "db.client.connection.idle.min";
    /// Most connections that a pool opens.
    pub const DB_POOL_LIMIT: &str = "db.client.connection.limit";
    /// Callers that wait for a connection.
    pub const DB_POOL_PENDING: &str = "db.client.connection.pending_requests";
    /// Callers that gave up waiting.
    pub const DB_POOL_TIMEOUTS: &str = "db.client.connection.timeouts";
    /// Time until a caller had a connection, in seconds.
    pub const DB_POOL_WAIT_TIME: &str = "db.client.connection.wait_time";
    /// Time that a caller kept a connection, in seconds.
    pub const DB_POOL_USE_TIME: &str = "db.client.connection.use_time";
    /// Operations on caches.
    pub const CACHE_OPERATIONS: &str = "tachograph.cache.operations";
    /// Duration of an operation on a cache, in seconds.
    pub const CACHE_DURATION: &str = "tachograph.cache.operation.duration";
    /// Entries that a cache gave up.
    pub const CACHE_EVICTIONS: &str = "tachograph.cache.evictions";
    /// Entries in a cache.
    pub const CACHE_SIZE: &str = "tachograph.cache.size";
    /// Weight of the entries in a cache, in the unit of its weigher.
    pub const CACHE_WEIGHT: &str = "tachograph.cache.weight";
    /// Operations in flight, by kind.
    pub const OPERATIONS_ACTIVE: &str = "tachograph.operations.active";
    /// Errors that the application reported.
    pub const ERRORS: &str = "tachograph.errors";
    /// Health of a component: 1 healthy, 0.5 degraded, 0 unhealthy.
    pub const SYSTEM_HEALTH: &str = "tachograph.system.health";
    /// Users active now.
    pub const USERS_ACTIVE: &str = "tachograph.users.active";
    /// Open database connections.
    pub const DATABASE_CONNECTIONS: &str = "tachograph.database.connections";
    /// 1 for an instrument that got more attribute sets than its limit: the others share one series.
    pub const METRICS_OVERFLOW: &str = "tachograph.metrics.overflow";
    /// Panics of callbacks of observable instruments, which were caught.
    pub const METRICS_CALLBACK_PANICS: &str = "tachograph.metrics.callback.panics";
    /// Scrapes that could not be answered.
    pub const SCRAPE_FAILURES: &str = "tachograph.scrape.failures";
    /// What the last scrape left out, by reason.
    pub const SCRAPE_DROPPED: &str = "tachograph.scrape.dropped";
    /// Recorded spans that have not ended.
    pub const SDK_SPANS_LIVE: &str = "otel.sdk.span.live";
    /// Spans that wait for their export.
    pub const SDK_SPAN_QUEUE_SIZE: &str = "otel.sdk.processor.span.queue.size";
    /// Spans that may wait.
    pub const SDK_SPAN_QUEUE_CAPACITY: &str = "otel.sdk.processor.span.queue.capacity";
    /// Spans that have left the queue, or were dropped.
    pub const SDK_SPANS_PROCESSED: &str = "otel.sdk.processor.span.processed";
    /// Spans whose export is under way.
    pub const SDK_SPANS_IN_FLIGHT: &str = "otel.sdk.exporter.span.inflight";
    /// Spans whose export has ended.
    pub const SDK_SPANS_EXPORTED: &str = "otel.sdk.exporter.span.exported";
    /// Log records that wait for their export.
    pub const SDK_LOG_QUEUE_SIZE: &str = "otel.sdk.processor.log.queue.size";
    /// Log records that may wait.
    pub const SDK_LOG_QUEUE_CAPACITY: &str = "otel.sdk.processor.log.queue.capacity";
    /// Log records that have left the queue, or were dropped.
    pub const SDK_LOGS_PROCESSED: &str = "otel.sdk.processor.log.processed";
    /// Log records whose export is under way.
    pub const SDK_LOGS_IN_FLIGHT: &str = "otel.sdk.exporter.log.inflight";
    /// Log records whose export has ended.
    pub const SDK_LOGS_EXPORTED: &str = "otel.sdk.exporter.log.exported";
    /// Data points whose export is under way.
    pub const SDK_DATA_POINTS_IN_FLIGHT: &str = "otel.sdk.exporter.metric_data_point.inflight";
    /// Data points whose export has ended.
    pub const SDK_DATA_POINTS_EXPORTED: &str = "otel.sdk.exporter.metric_data_point.exported";
    /// Items whose texts were cut to fit into a request.
    pub const EXPORT_TRUNCATED: &str = "tachograph.export.truncated";
    /// Items on disk until the receiver is back.
    pub const SPOOL_ITEMS: &str = "tachograph.spool.items";
    /// Items that an earlier process had left on disk.
    pub const SPOOL_RECOVERED: &str = "tachograph.spool.recovered";
    /// What the spool takes of the disk.
    pub const SPOOL_SIZE: &str = "tachograph.spool.size";
    /// Lines written to log files.
    pub const LOG_WRITTEN: &str = "tachograph.log.written";
    /// Lines for log files that were dropped, by reason.
    pub const LOG_DROPPED: &str = "tachograph.log.dropped";
    /// Events that Sentry took.
    pub const SENTRY_SENT: &str = "tachograph.sentry.sent";
    /// Events for Sentry that were dropped, by reason.
    pub const SENTRY_DROPPED: &str = "tachograph.sentry.dropped";
    /// Time that this process had processors for, by mode, in seconds.
    pub const PROCESS_CPU_TIME: &str = "process.cpu.time";
    /// Part of the processors that this process may use and does, by mode.
    pub const PROCESS_CPU_UTILIZATION: &str = "process.cpu.utilization";
    /// Resident memory of this process, in bytes.
    pub const PROCESS_MEMORY_USAGE: &str = "process.memory.usage";
    /// Virtual memory of this process, in bytes.
    pub const PROCESS_MEMORY_VIRTUAL: &str = "process.memory.virtual";
    /// Threads of this process.
    pub const PROCESS_THREAD_COUNT: &str = "process.thread.count";
    /// Files, sockets and the like that this process has open.
    pub const PROCESS_FILE_DESCRIPTOR_COUNT: &str = "process.unix.file_descriptor.count";
    /// How long this process has been running, in seconds.
    pub const PROCESS_UPTIME: &str = "process.uptime";
    /// Part of the processors that is busy.
    pub const SYSTEM_CPU_UTILIZATION: &str = "system.cpu.utilization";
    /// Logical processors of the machine.
    pub const SYSTEM_CPU_LOGICAL_COUNT: &str = "system.cpu.logical.count";
    /// Memory by state, in bytes.
    pub const SYSTEM_MEMORY_USAGE: &str = "system.memory.usage";
    /// Memory that there is, in bytes.
    pub const SYSTEM_MEMORY_LIMIT: &str = "system.memory.limit";
    /// Part of the memory, by state.
    pub const SYSTEM_MEMORY_UTILIZATION: &str = "system.memory.utilization";
    /// Space of a file system by state, in bytes.
    pub const SYSTEM_FILESYSTEM_USAGE: &str = "system.filesystem.usage";
    /// Part of a file system, by state.
    pub const SYSTEM_FILESYSTEM_UTILIZATION: &str = "system.filesystem.utilization";
}

/// UCUM units.
pub mod unit {
    /// Seconds.
    pub const SECONDS: &str = "s";
    /// Bytes.
    pub const BYTES: &str = "By";
    /// Tokens.
    pub const TOKEN: &str = "{token}";
    /// Requests.
    pub const REQUEST: &str = "{request}";
    /// Operations.
    pub const OPERATION: &str = "{operation}";
    /// Errors.
    pub const ERROR: &str = "{error}";
    /// Users.
    pub const USER: &str = "{user}";
    /// Connections.
    pub const CONNECTION: &str = "{connection}";
    /// Rows.
    pub const ROW: &str = "{row}";
    /// Callers that gave up.
    pub const TIMEOUT: &str = "{timeout}";
    /// Entries of a cache.
    pub const ENTRY: &str = "{entry}";
    /// Calls.
    pub const CALL: &str = "{call}";
    /// Attempts of a call.
    pub const ATTEMPT: &str = "{attempt}";
    /// Headers.
    pub const HEADER: &str = "{header}";
    /// Panics.
    pub const PANIC: &str = "{panic}";
    /// Scrapes.
    pub const SCRAPE: &str = "{scrape}";
    /// Series, instruments or families.
    pub const ITEM: &str = "{item}";
    /// Events.
    pub const EVENT: &str = "{event}";
    /// Spans.
    pub const SPAN: &str = "{span}";
    /// Log records.
    pub const LOG_RECORD: &str = "{log_record}";
    /// Data points of metrics.
    pub const DATA_POINT: &str = "{data_point}";
    /// Lines of a log.
    pub const LINE: &str = "{line}";
    /// Threads.
    pub const THREAD: &str = "{thread}";
    /// Open files.
    pub const FILE_DESCRIPTOR: &str = "{file_descriptor}";
    /// Processors.
    pub const CPU: &str = "{cpu}";
    /// US dollars.
    pub const USD: &str = "USD";
    /// A fraction.
    pub const ONE: &str = "1";
}

/// Histogram boundaries that the conventions advise.
pub mod bucket {
    /// GenAI calls and tools, in seconds.
    pub const GEN_AI_CALL: &[f64] =
        &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    /// Tokens.
    pub const TOKENS: &[f64] = &[
        1.0,
        4.0,
        16.0,
        64.0,
        256.0,
        1024.0,
        4096.0,
        16384.0,
        65536.0,
        262_144.0,
        1_048_576.0,
        4_194_304.0,
        16_777_216.0,
        67_108_864.0,
    ];
    /// Agent runs, in seconds.
    pub const AGENT_RUN: &[f64] = &[0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6];
    /// Workflow runs, in seconds.
    pub const WORKFLOW_RUN: &[f64] = &[1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0];
    /// HTTP requests, in seconds. Commands use the same.
    pub const HTTP_REQUEST: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    /// Database operations, in seconds.
    pub const DB_OPERATION: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
    /// Rows that a database operation returns.
    pub const DB_ROWS: &[f64] =
        &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0];
    /// Operations of one request. There is no convention.
    pub const REQUEST_OPERATIONS: &[f64] = &[1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
    /// In-process cache operations, in seconds: from a memory look-up to a network round trip.
    pub const CACHE_OPERATION: &[f64] = &[0.000_001, 0.000_01, 0.000_1, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0];
    /// Bodies, in bytes. The conventions advise none.
    pub const BODY_SIZE: &[f64] =
        &[128.0, 512.0, 2048.0, 8192.0, 32768.0, 131_072.0, 524_288.0, 2_097_152.0, 8_388_608.0, 33_554_432.0];
}

/// Well-known attribute values.
pub mod value {
    /// Fallback of closed sets: unknown method, error without a better name.
    pub const OTHER: &str = "_OTHER";
    /// `error.type` of a call that was dropped before it ended.
    pub const CANCELLED: &str = "cancelled";
    /// `error.type` of a call that panicked.
    pub const PANIC: &str = "panic";
    /// `error.type` of a `None` that the caller declared to be an error.
    pub const NONE: &str = "none";
    /// GenAI operation of an agent run.
    pub const INVOKE_AGENT: &str = "invoke_agent";
    /// GenAI operation of a tool execution.
    pub const EXECUTE_TOOL: &str = "execute_tool";
    /// GenAI operation of a workflow run.
    pub const INVOKE_WORKFLOW: &str = "invoke_workflow";
    /// GenAI operation of a chat completion.
    pub const CHAT: &str = "chat";
    /// GenAI operation of an embedding.
    pub const EMBEDDINGS: &str = "embeddings";
    /// Modality of tokens that are not told apart.
    pub const UNKNOWN: &str = "unknown";
    /// Modality of audio.
    pub const AUDIO: &str = "audio";
    /// A provider reported no usage.
    pub const MISSING: &str = "missing";
    /// The usage is what was reported before the answer broke off.
    pub const PARTIAL: &str = "partial";
    /// A cost that was computed from tokens and rates.
    pub const COMPUTED: &str = "computed";
    /// A cost that the provider reported.
    pub const PROVIDER: &str = "provider";
    /// A cost that the application told.
    pub const CALLER: &str = "caller";
    /// Name of the event of an exception, as log record and on spans.
    pub const EXCEPTION_EVENT: &str = "exception";
    /// Name of the event of a captured message.
    pub const MESSAGE_EVENT: &str = "captured_message";
    /// Name of the event of one attempt.
    pub const ATTEMPT_EVENT: &str = "tachograph.llm.attempt";
    /// Token type of input.
    pub const INPUT: &str = "input";
    /// Token type of output.
    pub const OUTPUT: &str = "output";
    /// Cache look-up that found a value.
    pub const HIT: &str = "hit";
    /// Cache look-up that found none.
    pub const MISS: &str = "miss";
    /// Database product that is SQL and not further known.
    pub const OTHER_SQL: &str = "other_sql";
    /// Default scheme.
    pub const HTTP: &str = "http";
    /// RPC status of success.
    pub const OK: &str = "OK";
    /// RPC status of a call that its caller gave up.
    pub const RPC_CANCELLED: &str = "CANCELLED";
    /// RPC status of a caller that asked too much.
    pub const RPC_RESOURCE_EXHAUSTED: &str = "RESOURCE_EXHAUSTED";
    /// Connections that wait in the pool.
    pub const IDLE: &str = "idle";
    /// Connections that a caller has; memory and space that are taken.
    pub const USED: &str = "used";
    /// Memory and space that can be had.
    pub const FREE: &str = "free";
    /// Space that only privileged users can have.
    pub const RESERVED: &str = "reserved";
    /// Processor time in the code of the process.
    pub const CPU_USER: &str = "user";
    /// Processor time in the kernel.
    pub const CPU_SYSTEM: &str = "system";
}

/// Names of events for logs.
pub mod event {
    /// A request of an HTTP client was answered.
    pub const REQUEST_COMPLETED: &str = "request_completed";
    /// A request of an HTTP client failed.
    pub const REQUEST_FAILED: &str = "request_failed";
    /// An agent ran to its end.
    pub const AGENT_COMPLETED: &str = "agent_execution_completed";
    /// A run of an agent failed.
    pub const AGENT_FAILED: &str = "agent_execution_failed";
    /// A model answered.
    pub const LLM_COMPLETED: &str = "llm_request_completed";
    /// A call to a model failed.
    pub const LLM_FAILED: &str = "llm_request_failed";
    /// A tool ran to its end.
    pub const TOOL_COMPLETED: &str = "tool_execution_completed";
    /// A tool failed.
    pub const TOOL_FAILED: &str = "tool_execution_failed";
    /// A workflow ran to its end.
    pub const WORKFLOW_COMPLETED: &str = "workflow_execution_completed";
    /// A workflow failed.
    pub const WORKFLOW_FAILED: &str = "workflow_execution_failed";
    /// A command ran to its end.
    pub const COMMAND_COMPLETED: &str = "command_execution_completed";
    /// A command failed.
    pub const COMMAND_FAILED: &str = "command_execution_failed";
    /// A database answered.
    pub const DB_COMPLETED: &str = "db_query_completed";
    /// A call to a database failed.
    pub const DB_FAILED: &str = "db_query_failed";
    /// A cache answered.
    pub const CACHE_COMPLETED: &str = "cache_operation_completed";
    /// An operation on a cache failed.
    pub const CACHE_FAILED: &str = "cache_operation_failed";
    /// A request to an HTTP server was answered, or given up by this side.
    pub const HTTP_CLIENT_COMPLETED: &str = "http_client_request_completed";
    /// A request to an HTTP server failed.
    pub const HTTP_CLIENT_FAILED: &str = "http_client_request_failed";
    /// A remote procedure call was answered.
    pub const RPC_COMPLETED: &str = "rpc_server_call_completed";
    /// A remote procedure call failed here.
    pub const RPC_FAILED: &str = "rpc_server_call_failed";
    /// A remote procedure answered.
    pub const RPC_CLIENT_COMPLETED: &str = "rpc_client_call_completed";
    /// A call of a remote procedure failed.
    pub const RPC_CLIENT_FAILED: &str = "rpc_client_call_failed";
    /// A request that was served took longer than it may.
    pub const SLOW_REQUEST: &str = "slow_request";
    /// Another call took longer than it may.
    pub const SLOW_OPERATION: &str = "slow_operation";
    /// The application measured something.
    pub const PERFORMANCE: &str = "performance";
}
