// What the monitoring endpoints answer. Fields may be added later; nothing here relies on their absence.

export type Health = "healthy" | "degraded" | "unhealthy";

export interface Check {
    status: Health;
    message: string;
    response_time_ms: number | null;
    critical: boolean;
}

export interface HealthReport {
    status: Health;
    issues: string[];
    uptime: string;
    uptime_seconds: number;
    total_requests: number;
    checks: Record<string, Check>;
}

export interface Calls {
    calls: number;
    errors: number;
    error_rate: number;
    avg_response_time: number | null;
    p50: number | null;
    p95: number | null;
    p99: number | null;
    last_called: string | null;
}

export interface Endpoint extends Calls {
    errors_4xx: number;
    errors_5xx: number;
    cancelled: number;
}

export interface Agent extends Calls {
    cost_usd: number | null;
}

export interface Model extends Calls {
    provider: string;
    model: string;
    input_tokens: number;
    output_tokens: number;
    cost_usd: number | null;
}

export interface Database extends Calls {
    system: string;
}

export interface Cache {
    hits: number;
    misses: number;
    hit_rate: number | null;
}

export interface Llm extends Calls {
    input_tokens: number;
    output_tokens: number;
    cost_usd: number | null;
    unpriced_calls: number;
    models: Record<string, Model>;
}

export interface Stats {
    uptime_seconds: number;
    uptime_human: string;
    total_requests: number;
    recent_requests_5min: number;
    requests_per_second: number | null;
    error_rate_percent: number | null;
    recent_error_rate_percent: number | null;
    errors_4xx: number;
    errors_5xx: number;
    cancelled_requests: number;
    rate_limit_hits: number;
    avg_response_time_ms: number | null;
    recent_avg_response_time_ms: number | null;
    active_requests: number;
    active_operations: Record<string, number>;
    endpoints: Record<string, Endpoint>;
    agents: Record<string, Agent>;
    llm: Llm;
    tools: Record<string, Calls>;
    workflows: Record<string, Calls>;
    commands: Record<string, Calls>;
    rpc: Record<string, Calls>;
    databases: Record<string, Database>;
    caches: Record<string, Cache>;
    http_clients: Record<string, Calls>;
    rpc_clients: Record<string, Calls>;
    omitted: Record<string, number>;
}

export interface Point {
    timestamp: number;
    seconds: number;
    requests: number;
    errors_4xx: number;
    errors_5xx: number;
    cancelled: number;
    rate_limit_hits: number;
    requests_per_second: number | null;
    error_rate_percent: number | null;
    avg_response_time_ms: number | null;
    p50_ms: number | null;
    p95_ms: number | null;
    p99_ms: number | null;
    active_requests: number | null;
    agent_runs: number;
    agent_errors: number;
    agent_p95_ms: number | null;
    llm_calls: number;
    llm_errors: number;
    llm_p95_ms: number | null;
    input_tokens: number;
    output_tokens: number;
    cost_usd: number | null;
    tool_runs: number;
    tool_errors: number;
    db_queries: number;
    db_errors: number;
    db_p95_ms: number | null;
    cache_hits: number;
    cache_misses: number;
    cpu_percent: number | null;
    memory_percent: number | null;
    disk_usage_percent: number | null;
    process_memory_mb: number | null;
}

/** A point of one endpoint, agent, model or tool. */
export interface PointOfOne {
    timestamp: number;
    seconds: number;
    calls: number;
    errors: number;
    avg_response_time_ms: number | null;
}

export interface History<P> {
    minutes: number;
    step_seconds: number;
    points: P[];
}

export interface Info {
    app: { name: string; version: string; environment: string | null };
}

export type TraceKind = "latest" | "slowest" | "failed";

export interface TraceSummary {
    trace_id: string;
    name: string;
    kind: string;
    category: string;
    start: string;
    duration_ms: number;
    spans: number;
    omitted_spans: number;
    errors: number;
    status: string;
    error_type: string | null;
    agents: string[];
    models: string[];
    input_tokens: number;
    output_tokens: number;
    cost_usd: number | null;
}

export interface TraceList {
    kind: TraceKind;
    seen: number;
    kept: number;
    traces: TraceSummary[];
}

export type Attributes = Record<string, unknown>;

export interface SpanEvent {
    name: string;
    offset_ms: number;
    attributes: Attributes;
}

export interface Span {
    span_id: string;
    parent_span_id: string | null;
    parent_is_remote: boolean;
    name: string;
    kind: string;
    category: string;
    start_offset_ms: number;
    duration_ms: number;
    status: string;
    error_type: string | null;
    message: string | null;
    attributes: Attributes;
    events: SpanEvent[];
}

export interface TraceDetail extends Omit<TraceSummary, "spans"> {
    links: { logs?: string; trace?: string };
    spans: Span[];
}
