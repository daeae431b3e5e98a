// The application that the mock pretends to be: what it has done so far, growing with the clock.

import { exampleTraces } from "./traces.mjs";

/** The same numbers at every start: a picture of the page can be compared with the one before. */
export function random(seed) {
    let state = seed >>> 0;
    return () => {
        state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
        mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
        return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
    };
}

export const HOSTILE = {
    endpoint: `GET /"quoted'/<b>bold</b>?a=1&b=%20`,
    model: `evil/<script>alert(1)</script>`,
    agent: `__proto__`,
    tool: `<img src=x onerror=alert(1)>`,
    long: `a-name-without-any-space-${"x".repeat(300)}`,
};

const UP = 9045;

export function makeWorld(mode, state) {
    const born = Date.now() / 1000 - UP;
    const empty = mode === "empty";
    const now = () => Date.now() / 1000;
    const rfc = (seconds) => new Date(seconds * 1000).toISOString();

    function calls(seed, base, ms, errorShare = 0.01, every = 7) {
        const next = random(seed);
        const n = Math.floor(base + ((now() - born - UP) / every) * (0.5 + next()));
        const errors = Math.floor(n * errorShare);
        const p50 = ms * (0.8 + 0.3 * next());
        const last = now() - ((now() + seed * 3) % every) - (seed % 5 === 0 ? 4000 : 0);
        return {
            calls: n, errors, error_rate: n === 0 ? 0 : (100 * errors) / n, avg_response_time: n === 0 ? null : p50 * 1.2, p50: n === 0 ? null : p50,
            p95: n === 0 ? null : p50 * 2.4, p99: n === 0 ? null : p50 * 3.9, last_called: n === 0 ? null : rfc(last),
        };
    }

    const routes = [
        ["POST /api/chat", 812, 1450, 0.012], ["POST /api/chat/stream", 240, 3900, 0.03], ["GET /api/conversations/{id}", 1904, 14, 0],
        ["GET /api/articles", 120, 6.3, 0], ["DELETE /api/conversations/{id}", 31, 22, 0.06], ["POST /api/feedback", 9, 0.84, 0],
    ];
    if (mode === "large") for (let at = 0; at < 494; at += 1) routes.push([`GET /api/v${at % 3}/resource-${String(at).padStart(3, "0")}/{id}/items`, (at * 37) % 1000, 3 + ((at * 13) % 700), (at % 9) / 100]);
    if (mode === "hostile") routes.push([HOSTILE.endpoint, 66, 31, 0.1], [`GET /${HOSTILE.long}`, 7, 31, 0.1], ["GET __proto__", 2, 2, 0], ["constructor", 1, 2, 0]);

    const named = (pairs) => {
        const out = Object.create(null);
        for (const [name, value] of pairs) out[name] = value;
        return out;
    };

    function stats() {
        const hostile = mode === "hostile";
        const endpoints = named(routes.map(([name, base, ms, share], at) => {
            const numbers = calls(at + 1, base, ms, share);
            return [name, { ...numbers, errors_4xx: Math.floor(numbers.calls / 90), errors_5xx: numbers.errors, cancelled: at === 1 ? 2 : 0 }];
        }));
        const total = Object.values(endpoints).reduce((sum, row) => sum + row.calls, 0);
        const errors = Object.values(endpoints).reduce((sum, row) => sum + row.errors, 0);
        const models = named([
            ["openai/gpt-4o", 1810, 1240, 0.01, 0.0031], ["openai/gpt-4o-mini", 3402, 420, 0.002, 0.00012], ["anthropic/claude-sonnet-4-5", 220, 2210, 0.05, 0.0092],
            ...(hostile ? [[HOSTILE.model, 12, 1000, 0.5, 0.001], [`other/${HOSTILE.long}`, 12, 1000, 0.5, null]] : []),
        ].map(([name, base, ms, share, price], at) => {
            const numbers = calls(at + 60, base, ms, share, 4);
            const [provider, ...model] = name.split("/");
            return [name, { ...numbers, provider, model: model.join("/"), input_tokens: numbers.calls * 612, output_tokens: numbers.calls * 131, cost_usd: price === null ? null : numbers.calls * price }];
        }));
        const sum = (key) => Object.values(models).reduce((all, row) => all + (row[key] ?? 0), 0);
        return {
            uptime_seconds: Math.floor(now() - born), uptime_human: uptime(), total_requests: total, recent_requests_5min: 480, requests_per_second: 1.6 + Math.sin(now() / 9) * 0.4,
            error_rate_percent: (100 * errors) / total, recent_error_rate_percent: state.status === "healthy" ? 0 : 7.4, errors_4xx: 34, errors_5xx: errors, cancelled_requests: 2,
            rate_limit_hits: 3, avg_response_time_ms: 620.5, recent_avg_response_time_ms: 580.2, active_requests: Math.floor(2 + Math.sin(now() / 5) * 2),
            active_operations: { agent: Math.floor(1 + Math.sin(now() / 5)), llm: 1, tool: 0 }, active_users: null, database_connections: null,
            current_system: {
                cpu_percent: 12.5, cpu_count: 2, memory_percent: 40.1, memory_used_mb: 3100, memory_available_mb: 4900, disk_usage_percent: 55, process_cpu_percent: 3,
                process_memory_mb: 80.5, timestamp: rfc(now()),
            },
            endpoints,
            agents: named([["researcher", 812, 2300, 0.012, 7.21], ["summarizer", 240, 900, 0, 0.031], ["planner", 0, 100, 0, null], ...(hostile ? [[HOSTILE.agent, 5, 100, 0.2, 0.0012]] : [])]
                .map(([name, base, ms, share, cost], at) => [name, { ...calls(at + 30, base, ms, share, base === 0 ? Infinity : 7), cost_usd: cost }])),
            llm: { ...calls(59, sum("calls"), 900, 0.008, Infinity), input_tokens: sum("input_tokens"), output_tokens: sum("output_tokens"), cost_usd: sum("cost_usd"), unpriced_calls: hostile ? 12 : 0, models },
            tools: named([["search", 1400, 9, 0.002], ["convert", 310, 54, 0], ["fetch_page", 95, 780, 0.21], ...(hostile ? [[HOSTILE.tool, 4, 3, 0.5]] : [])]
                .map(([name, base, ms, share], at) => [name, calls(at + 40, base, ms, share)])),
            workflows: {}, commands: {}, rpc: { "tools.v1.ToolService/Convert": calls(80, 310, 1.4, 0) },
            databases: named([["SELECT articles", 1400, 0.9, 0], ["INSERT messages", 1050, 2.1, 0.001], ["SELECT conversations", 1904, 0.34, 0]]
                .map(([name, base, ms, share], at) => [name, { ...calls(at + 90, base, ms, share), system: "sqlite" }])),
            caches: { searches: { hits: 910, misses: 490, hit_rate: 65 }, embeddings: { hits: 0, misses: 0, hit_rate: null } },
            http_clients: { "POST api.openai.com": calls(100, 5212, 810, 0.006, 4) }, rpc_clients: { "tools.v1.ToolService/Convert": calls(110, 310, 1.9, 0) },
            omitted: mode === "large" ? { endpoints: 17 } : {}, timestamp: rfc(now()),
        };
    }

    function nothing() {
        const none = { calls: 0, errors: 0, error_rate: 0, avg_response_time: null, p50: null, p95: null, p99: null, last_called: null };
        return {
            ...stats(), total_requests: 0, recent_requests_5min: 0, requests_per_second: 0, error_rate_percent: 0, recent_error_rate_percent: 0, errors_4xx: 0, errors_5xx: 0,
            cancelled_requests: 0, rate_limit_hits: 0, avg_response_time_ms: null, recent_avg_response_time_ms: null, active_requests: 0, active_operations: { agent: 0, llm: 0, tool: 0 },
            endpoints: {}, agents: {}, llm: { ...none, input_tokens: 0, output_tokens: 0, cost_usd: 0, unpriced_calls: 0, models: {} }, tools: {}, rpc: {}, databases: {}, caches: {}, http_clients: {}, rpc_clients: {},
        };
    }

    function uptime() {
        const seconds = Math.floor(now() - born);
        const two = (value) => String(value).padStart(2, "0");
        return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    }

    /** The points that are kept: a quarter of an hour of silence lies in the past, so that gaps are seen. */
    function points(minutes, step, make) {
        const last = Math.floor(now() / step) * step;
        const first = Math.max(last - minutes * 60, Math.ceil((empty ? now() - 40 : born) / step) * step);
        const out = [];
        for (let at = first; at <= last; at += step) {
            const next = random(at);
            const wave = 1 + 0.5 * Math.sin(at / 400) + 0.3 * next() + (next() > 0.97 ? 1.5 : 0);
            const silent = empty || (at > last - 6000 && at < last - 5100) || (step === 10 && at > last - 420 && at < last - 330);
            out.push(make({ at, seconds: at === last ? Math.max(0.1, now() - at) : step, next, wave, silent }));
        }
        return out;
    }

    const point = ({ at, seconds, next, wave, silent }) => {
        const amount = (perSecond) => (silent ? 0 : Math.round(perSecond * wave * seconds * (0.7 + 0.6 * next())));
        const requests = amount(1.6);
        const failed = next() > 0.9 ? Math.min(requests, Math.ceil(requests * 0.05)) : 0;
        const llm = amount(2.2);
        const none = requests === 0;
        return {
            timestamp: at, seconds, requests, errors_4xx: !silent && next() > 0.8 ? Math.min(requests, 1) : 0, errors_5xx: failed, cancelled: 0, rate_limit_hits: 0,
            requests_per_second: requests / seconds, error_rate_percent: none ? 0 : (100 * failed) / requests,
            avg_response_time_ms: none ? null : 420 * wave, p50_ms: none ? null : 300 * wave, p95_ms: none ? null : 1500 * wave * (0.8 + 0.4 * next()), p99_ms: none ? null : 2600 * wave * (0.8 + 0.5 * next()),
            active_requests: empty ? 0 : Math.round(2 * wave), agent_runs: amount(0.5), agent_errors: !silent && next() > 0.95 ? 1 : 0, agent_p95_ms: none ? null : 3900 * wave,
            llm_calls: llm, llm_errors: !silent && next() > 0.93 ? 1 : 0, llm_p95_ms: llm === 0 ? null : 1500 * wave, input_tokens: llm * 612, output_tokens: llm * 131, cost_usd: llm * 0.0013,
            tool_runs: amount(0.9), tool_errors: !silent && next() > 0.9 ? 1 : 0, db_queries: amount(4), db_errors: 0, db_p95_ms: none ? null : 2.2 * wave * (0.8 + 0.6 * next()),
            cache_hits: amount(0.6), cache_misses: amount(0.3), cpu_percent: empty ? 3 : 14 * wave * (0.8 + 0.4 * next()), memory_percent: 40 + 2 * Math.sin(at / 900), disk_usage_percent: 55,
            process_memory_mb: 80 + 10 * Math.sin(at / 1500) + 2 * next(),
        };
    };

    function history(query) {
        const [minutes, step] = [Number(query.get("minutes") ?? 60), Number(query.get("step") ?? 60)];
        if (!(minutes > 0 && minutes <= 1440) || ![10, 60].includes(step)) return refused(400, "minutes must be from 1 to 1440, and step 10 or 60");
        for (const [kind, group] of [["endpoint", "endpoints"], ["agent", "agents"], ["model", "models"], ["tool", "tools"]]) {
            const name = query.get(kind);
            if (name === null) continue;
            const all = empty ? nothing() : stats();
            const rows = group === "models" ? all.llm.models : all[group];
            if (!Object.hasOwn(rows, name)) return refused(404, `there is no ${kind} of this name`);
            const one = ({ at, seconds, next, wave, silent }) => {
                const n = silent ? 0 : Math.round(0.3 * wave * seconds * (0.5 + next()));
                return { timestamp: at, seconds, calls: n, errors: next() > 0.92 ? Math.min(n, 1) : 0, avg_response_time_ms: n === 0 ? null : rows[name].p50 * wave };
            };
            return data({ minutes, step_seconds: step, of: { kind, name }, points: points(minutes, step, one) });
        }
        return data({ minutes, step_seconds: step, points: points(minutes, step, point) });
    }

    const ISSUES = {
        healthy: [],
        degraded: ["7.4 % of the requests of the last five minutes failed; more than 5 % is too many", "the last export of traces failed: connection refused"],
        unhealthy: ["the critical check \"postgres\" failed: no answer within 2 s"],
    };
    const health = () => ({
        status: state.status, issues: [...ISSUES[state.status], ...(mode === "hostile" ? [`<script>alert("issue")</script> ${HOSTILE.long}`] : [])], uptime: uptime(), uptime_seconds: Math.floor(now() - born), total_requests: empty ? 0 : 3116, timestamp: rfc(now()),
        checks: {
            redis: { status: "healthy", message: "PONG", response_time_ms: 0.8 + Math.sin(now()) * 0.1, critical: false },
            postgres: { status: state.status === "unhealthy" ? "unhealthy" : "healthy", message: state.status === "unhealthy" ? "no answer within 2 s" : "SELECT 1", response_time_ms: state.status === "unhealthy" ? 2000 : 2.1, critical: true },
            telemetry: { status: state.status === "degraded" ? "degraded" : "healthy", message: state.status === "degraded" ? "the last export of traces failed: tcp connect error: Connection refused (os error 111)" : "3 signals are exported", response_time_ms: null, critical: false },
        },
    });

    const traces = empty ? [] : exampleTraces(mode, now());
    const seen = empty ? 0 : 10_000;
    function traceList(query) {
        const kind = query.get("kind") ?? "latest";
        if (!["latest", "slowest", "failed"].includes(kind)) return refused(400, "kind must be latest, slowest or failed");
        const chosen = traces.filter((trace) => kind !== "failed" || trace.errors > 0);
        if (kind === "slowest") chosen.sort((a, b) => b.duration_ms - a.duration_ms);
        return data({ kind, seen, kept: traces.length, traces: chosen.slice(0, Number(query.get("limit") ?? 50)).map(({ spans, links, ...rest }) => ({ ...rest, spans: spans.length })) });
    }

    const data = (value) => ({ body: { success: true, data: value, timestamp: now() } });
    const refused = (status, error) => ({ status, body: { success: false, error, timestamp: now() } });

    return {
        answer(path, query) {
            if (path === "/health") return { status: state.status === "unhealthy" ? 503 : 200, body: { success: true, health: health(), timestamp: now() } };
            if (path === "/stats") return state.noStats ? refused(503, "the metrics cannot be collected: the collection before this one hangs in a callback") : data(empty ? nothing() : stats());
            if (path === "/stats/history") return history(query);
            if (path === "/info") {
                return { body: {
                    timestamp: now(), app: { name: mode === "hostile" ? "agent_<i>service</i>" : "agent_service", version: "0.1.0", environment: empty ? null : "production" }, uptime_seconds: Math.floor(now() - born),
                    cpu: { percent: 12.5, count: 2 }, memory: { total_gb: 7.8, available_gb: 4.8, used_gb: 3, percent: 40.1 }, disk: { total_gb: 250, used_gb: 12, free_gb: 80, percent: 5 },
                } };
            }
            if (path === "/traces") return traceList(query);
            const id = /^\/traces\/(.+)$/.exec(path)?.[1];
            const trace = traces.find(({ trace_id }) => trace_id === id);
            return trace === undefined ? refused(404, "no such thing is kept") : data(trace);
        },
    };
}
