//! The classic names as data.

use tachograph_core::semconv::{attribute, metric, value};

use super::{Only, Projection, StandIn, Take, ValueFrom};

const METHOD: (&str, ValueFrom) = ("method", ValueFrom::Attribute(attribute::HTTP_REQUEST_METHOD));
const ENDPOINT: (&str, ValueFrom) = ("endpoint", ValueFrom::Attribute(attribute::HTTP_ROUTE));
const AGENT: (&str, ValueFrom) = ("type", ValueFrom::Attribute(attribute::GEN_AI_AGENT_NAME));
const PROVIDER: (&str, ValueFrom) = ("provider", ValueFrom::Attribute(attribute::GEN_AI_PROVIDER_NAME));
const MODEL: (&str, ValueFrom) =
    ("model", ValueFrom::FirstOf(&[attribute::GEN_AI_REQUEST_MODEL, attribute::GEN_AI_RESPONSE_MODEL]));
const TOOL: (&str, ValueFrom) = ("tool_name", ValueFrom::Attribute(attribute::GEN_AI_TOOL_NAME));
const OPERATION: (&str, ValueFrom) = ("operation", ValueFrom::Attribute(attribute::DB_OPERATION_NAME));
const TABLE: (&str, ValueFrom) = ("table", ValueFrom::Attribute(attribute::DB_COLLECTION_NAME));
const CACHE: (&str, ValueFrom) = ("cache_type", ValueFrom::Attribute(attribute::CACHE_NAME));
const STATUS: (&str, ValueFrom) = ("status", ValueFrom::Status);

/// The latest names of the established streams that projections read. The latest counters say 0 of a call whose tokens are not
/// known, where the established histogram says nothing: a classic counter may then begin at 0.
pub(crate) const STAND_INS: &[StandIn] = &[
    StandIn { established: metric::LLM_DURATION, latest: metric::INFERENCE_DURATION, adds: None },
    StandIn { established: metric::LLM_DURATION, latest: metric::EMBEDDINGS_DURATION, adds: None },
    StandIn { established: metric::LLM_TOKEN_USAGE, latest: metric::USAGE_INPUT_TOKENS, adds: Some(INPUT) },
    StandIn { established: metric::LLM_TOKEN_USAGE, latest: metric::USAGE_OUTPUT_TOKENS, adds: Some(OUTPUT) },
    // Inferences have a histogram beside their counters, embeddings have only this.
    StandIn { established: metric::LLM_TOKEN_USAGE, latest: metric::EMBEDDINGS_INPUT_TOKENS, adds: Some(INPUT) },
];
const INPUT: (&str, &str) = (attribute::GEN_AI_TOKEN_TYPE, value::INPUT);
const OUTPUT: (&str, &str) = (attribute::GEN_AI_TOKEN_TYPE, value::OUTPUT);

/// Every classic family but `app_info`, which comes from the resource.
pub(crate) const PROJECTIONS: &[Projection] = &[
    Projection {
        name: "http_requests_total",
        help: "HTTP requests answered, by method, route and status code.",
        source: metric::HTTP_DURATION,
        take: Take::Count,
        only: None,
        labels: &[
            METHOD,
            ENDPOINT,
            // A request that ended without a response has no code, but an error.
            ("status", ValueFrom::FirstOf(&[attribute::HTTP_RESPONSE_STATUS_CODE, attribute::ERROR_TYPE])),
        ],
    },
    Projection {
        name: "http_request_duration_seconds",
        help: "Time to answer HTTP requests, by method and route.",
        source: metric::HTTP_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[METHOD, ENDPOINT],
    },
    Projection {
        name: "http_request_size_bytes",
        help: "Size of HTTP request bodies.",
        source: metric::HTTP_REQUEST_SIZE,
        take: Take::Histogram,
        only: None,
        labels: &[METHOD, ENDPOINT],
    },
    Projection {
        name: "http_response_size_bytes",
        help: "Size of HTTP response bodies.",
        source: metric::HTTP_RESPONSE_SIZE,
        take: Take::Histogram,
        only: None,
        labels: &[METHOD, ENDPOINT],
    },
    Projection {
        name: "active_requests",
        help: "HTTP requests being answered.",
        source: metric::HTTP_ACTIVE,
        take: Take::Gauge,
        only: None,
        labels: &[],
    },
    Projection {
        name: "agent_executions_total",
        help: "Agent runs, by agent and outcome.",
        source: metric::AGENT_DURATION,
        take: Take::Count,
        only: None,
        labels: &[AGENT, STATUS],
    },
    Projection {
        name: "agent_execution_duration_seconds",
        help: "Duration of agent runs.",
        source: metric::AGENT_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[AGENT],
    },
    Projection {
        name: "agent_errors_total",
        help: "Agent runs that ended with an error, by class of error.",
        source: metric::AGENT_DURATION,
        take: Take::Count,
        only: Some(Only::Has(attribute::ERROR_TYPE)),
        labels: &[AGENT, ("error_type", ValueFrom::Attribute(attribute::ERROR_TYPE))],
    },
    Projection {
        name: "active_agents",
        help: "Agent runs in flight.",
        source: metric::OPERATIONS_ACTIVE,
        take: Take::Gauge,
        only: Some(Only::Equals(attribute::OPERATION_KIND, "agent")),
        labels: &[],
    },
    Projection {
        name: "llm_requests_total",
        help: "Calls to models, by provider, model and outcome.",
        source: metric::LLM_DURATION,
        take: Take::Count,
        only: None,
        labels: &[PROVIDER, MODEL, STATUS],
    },
    Projection {
        name: "llm_request_duration_seconds",
        help: "Duration of calls to models.",
        source: metric::LLM_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[PROVIDER, MODEL],
    },
    Projection {
        name: "llm_tokens_used_total",
        help: "Tokens used by calls to models, by type.",
        source: metric::LLM_TOKEN_USAGE,
        take: Take::Sum,
        only: None,
        labels: &[PROVIDER, MODEL, ("type", ValueFrom::Attribute(attribute::GEN_AI_TOKEN_TYPE))],
    },
    Projection {
        name: "llm_cost_usd_total",
        help: "Cost of calls to models, in US dollars.",
        source: metric::LLM_COST,
        take: Take::Counter,
        only: None,
        labels: &[PROVIDER, MODEL],
    },
    Projection {
        name: "tool_executions_total",
        help: "Tool executions, by tool and outcome.",
        source: metric::TOOL_DURATION,
        take: Take::Count,
        only: None,
        labels: &[TOOL, STATUS],
    },
    Projection {
        name: "tool_execution_duration_seconds",
        help: "Duration of tool executions.",
        source: metric::TOOL_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[TOOL],
    },
    Projection {
        name: "db_queries_total",
        help: "Database operations, by operation and table.",
        source: metric::DB_DURATION,
        take: Take::Count,
        only: None,
        labels: &[OPERATION, TABLE],
    },
    Projection {
        name: "db_query_duration_seconds",
        help: "Duration of database operations.",
        source: metric::DB_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[OPERATION, TABLE],
    },
    Projection {
        name: "cache_hits_total",
        help: "Cache look-ups that found a value.",
        source: metric::CACHE_OPERATIONS,
        take: Take::Counter,
        only: Some(Only::Equals(attribute::CACHE_RESULT, value::HIT)),
        labels: &[CACHE],
    },
    Projection {
        name: "cache_misses_total",
        help: "Cache look-ups that found nothing.",
        source: metric::CACHE_OPERATIONS,
        take: Take::Counter,
        only: Some(Only::Equals(attribute::CACHE_RESULT, value::MISS)),
        labels: &[CACHE],
    },
    Projection {
        name: "memory_usage_bytes",
        help: "Memory that the process uses.",
        source: "process.memory.usage",
        take: Take::Gauge,
        only: None,
        labels: &[],
    },
];
