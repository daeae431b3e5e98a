// Traces for the mock: an agent's turn as the README shows it, with faults; one of 500 spans; one that makes no sense.

import { HOSTILE, random } from "./world.mjs";

const hex = (next, length) => Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join("");

function makeTrace(at, now, mode) {
    const next = random(at + 7);
    const failed = at % 6 === 2;
    const spans = [];
    const add = (parent, name, kind, category, start, duration, attributes = {}, more = {}) => {
        const span = {
            span_id: hex(next, 16), parent_span_id: parent?.span_id ?? null, parent_is_remote: false, name, kind, category, start_offset_ms: start, duration_ms: duration,
            status: "unset", error_type: null, message: null, attributes, events: [], ...more,
        };
        spans.push(span);
        return span;
    };
    const scale = 0.5 + next() * 3;
    const ms = (value) => Math.round(value * scale * 1000) / 1000;
    const error = failed ? { status: "error", error_type: "rate_limit", message: "429 Too Many Requests: the quota of this minute is used up" } : {};
    const root = add(null, "POST /api/chat", "server", "http", 0, ms(1071), { "http.request.method": "POST", "http.route": "/api/chat", "http.response.status_code": failed ? 502 : 200 }, failed ? { ...error, message: null } : {});
    const agent = add(root, "invoke_agent researcher", "internal", "agent", ms(3), ms(1065), { "gen_ai.agent.name": "researcher", "gen_ai.conversation.id": "conv-42" }, error);
    const model = (start, duration, input, output, more = {}) => {
        const span = add(agent, "chat gpt-4o", "client", "llm", ms(start), ms(duration), {
            "gen_ai.request.model": "gpt-4o", "gen_ai.provider.name": "openai", "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output,
            "tachograph.llm.cost.amount": input * 0.0000025 + output * 0.00001, "gen_ai.response.finish_reasons": ["tool_calls"],
        }, { events: [{ name: "first chunk", offset_ms: ms(start + 80), attributes: { "gen_ai.response.time_to_first_chunk": 0.08 } }], ...more });
        add(span, "POST /v1/chat/completions", "client", "http_client", ms(start + 1), ms(duration - 2), { "http.response.status_code": more.status === "error" ? 429 : 200, "server.address": "api.openai.com" });
        return span;
    };
    model(10, 249, 61, 60);
    const search = add(agent, "execute_tool search", "internal", "tool", ms(270), ms(90), { "gen_ai.tool.name": "search" });
    add(search, "cache get searches", "internal", "cache", ms(271), ms(1.4), { "tachograph.cache.result": "miss" });
    add(search, "SELECT articles", "client", "db", ms(275), ms(80), { "db.system.name": "sqlite", "db.response.returned_rows": 3, "db.query.text": "SELECT id, title, body FROM articles WHERE articles MATCH ? ORDER BY rank LIMIT 3" });
    const convert = add(agent, "execute_tool convert", "internal", "tool", ms(365), ms(345), { "gen_ai.tool.name": "convert" });
    const call = add(convert, "tools.v1.ToolService/Convert", "client", "rpc_client", ms(367), ms(340), { "rpc.status_code": "OK" });
    add(call, "tools.v1.ToolService/Convert", "server", "rpc", ms(400), ms(200), { "rpc.status_code": "OK" }, { parent_is_remote: true });
    model(720, 330, 285, 39, error);
    if (mode === "large" && at === 0) {
        for (let number = spans.length; number < 500; number += 1) {
            const parent = spans[Math.floor(next() * Math.min(spans.length, 200))];
            add(parent, `step ${number}`, "internal", ["tool", "db", "cache", "other"][number % 4], parent.start_offset_ms + next() * parent.duration_ms * 0.5, parent.duration_ms * next() * 0.4);
        }
    }
    if (mode === "hostile" && at === 0) {
        root.name = `POST /<b>"chat"</b>`;
        root.attributes[`<script>alert("key")</script>`] = `<img src=x onerror=alert(1)> ${HOSTILE.long}`;
        root.message = `"><script>alert(2)</script>`;
        add({ span_id: "00000000000000aa" }, "lost: its parent is not kept", "internal", "other", ms(100), ms(50));
        const circle = add(null, "circle a", "internal", "other", ms(200), ms(50));
        circle.parent_span_id = add(circle, "circle b", "internal", "no_such_category", ms(210), ms(20)).span_id;
        add(root, "began before its trace", "internal", "other", -5, 2);
    }
    spans.sort((a, b) => a.start_offset_ms - b.start_offset_ms);
    const errors = spans.filter(({ status }) => status === "error").length;
    return {
        trace_id: hex(next, 32), name: root.name, kind: "server", category: "http", start: new Date((now - 8 - at * 37) * 1000).toISOString(), duration_ms: root.duration_ms, omitted_spans: mode === "large" && at === 0 ? 212 : 0,
        errors, status: failed ? "error" : "ok", error_type: failed ? "rate_limit" : null, agents: ["researcher"],
        models: mode === "hostile" && at === 0 ? [HOSTILE.model.slice(5)] : ["gpt-4o"], input_tokens: 346, output_tokens: 99, cost_usd: 0.00185,
        links: at % 2 === 0 ? { logs: `https://logs.example.com/search?q=${at}`, trace: mode === "hostile" ? "javascript:alert(1)" : `https://traces.example.com/trace/${at}` } : {}, spans,
    };
}

function small(at, now) {
    const next = random(at + 9000);
    const duration = 3 + next() * 20;
    const root = {
        span_id: hex(next, 16), parent_span_id: null, parent_is_remote: false, name: "GET /api/conversations/{id}", kind: "server", category: "http", start_offset_ms: 0, duration_ms: duration,
        status: "unset", error_type: null, message: null, attributes: { "http.response.status_code": 200 }, events: [],
    };
    return {
        trace_id: hex(next, 32), name: root.name, kind: "server", category: "http", start: new Date((now - 8 - at * 37) * 1000).toISOString(), duration_ms: duration, omitted_spans: 0, errors: 0, status: "ok",
        error_type: null, agents: [], models: [], input_tokens: 0, output_tokens: 0, cost_usd: null, links: {}, spans: [root],
    };
}

export function exampleTraces(mode, now) {
    return Array.from({ length: 90 }, (_, at) => (at % 3 === 1 ? small(at, now) : makeTrace(at, now, mode)));
}
