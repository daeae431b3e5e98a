// The charts of the whole process.

import { Chart, type ChartSpec } from "./chart";
import type { History, Point } from "./contract";
import { h, show, text } from "./dom";
import { compact, duration, megabytes, percent, rate, usd } from "./format";
import { type Values, plotted, window } from "./history";
import type { Range } from "./range";

type Of = (point: Point) => number | null;
type Spec = ChartSpec & { of: readonly Of[]; always?: boolean };

const perSecond = (of: (point: Point) => number): Of => (point) => (point.seconds > 0 ? of(point) / point.seconds : null);
const perMinute = (of: (point: Point) => number | null): Of => (point) => {
    const value = of(point);
    return value === null || point.seconds <= 0 ? null : (value * 60) / point.seconds;
};

const CALLS = { label: "calls", colour: "--c1", fill: true };
const ERRORS = { label: "errors", colour: "--c4" };

const SPECS: readonly Spec[] = [
    {
        id: "requests", title: "Requests", unit: "per second", format: rate, always: true,
        lines: [{ label: "requests", colour: "--c1", fill: true }, { label: "4xx", colour: "--c3" }, { label: "5xx", colour: "--c4" }],
        of: [(point) => point.requests_per_second, perSecond((point) => point.errors_4xx), perSecond((point) => point.errors_5xx)],
    },
    {
        id: "latency", title: "Latency", unit: "per request", format: duration, always: true,
        lines: [{ label: "avg", colour: "--c6" }, { label: "p50", colour: "--c1" }, { label: "p95", colour: "--c3" }, { label: "p99", colour: "--c5" }],
        of: [(point) => point.avg_response_time_ms, (point) => point.p50_ms, (point) => point.p95_ms, (point) => point.p99_ms],
    },
    {
        id: "in-flight", title: "Requests in flight", unit: "at a time", format: rate, always: true,
        lines: [{ label: "in flight", colour: "--c2", fill: true }],
        of: [(point) => point.active_requests],
    },
    {
        id: "agents", title: "Agent runs", unit: "per minute", format: rate,
        lines: [{ label: "runs", colour: "--c1", fill: true }, ERRORS],
        of: [perMinute((point) => point.agent_runs), perMinute((point) => point.agent_errors)],
    },
    {
        id: "models", title: "Model calls", unit: "per minute", format: rate, lines: [CALLS, ERRORS],
        of: [perMinute((point) => point.llm_calls), perMinute((point) => point.llm_errors)],
    },
    {
        id: "thinking", title: "Agents and models, p95", unit: "per run, per call", format: duration,
        lines: [{ label: "agents", colour: "--c5" }, { label: "models", colour: "--c2" }],
        of: [(point) => point.agent_p95_ms, (point) => point.llm_p95_ms],
    },
    {
        id: "tokens", title: "Tokens", unit: "per minute", format: compact,
        lines: [{ label: "in", colour: "--c1", fill: true }, { label: "out", colour: "--c2" }],
        of: [perMinute((point) => point.input_tokens), perMinute((point) => point.output_tokens)],
    },
    {
        id: "cost", title: "Cost", unit: "US dollars per minute", format: usd,
        lines: [{ label: "cost", colour: "--c2", fill: true }],
        of: [perMinute((point) => point.cost_usd)],
    },
    {
        id: "tools", title: "Tool runs", unit: "per minute", format: rate,
        lines: [{ label: "runs", colour: "--c1", fill: true }, ERRORS],
        of: [perMinute((point) => point.tool_runs), perMinute((point) => point.tool_errors)],
    },
    {
        id: "cache", title: "Cache hit rate", unit: "of lookups", format: percent, max: 100,
        lines: [{ label: "hits", colour: "--c2", fill: true }],
        of: [(point) => (point.cache_hits + point.cache_misses > 0 ? (100 * point.cache_hits) / (point.cache_hits + point.cache_misses) : null)],
    },
    {
        id: "queries", title: "Database queries", unit: "per second", format: rate,
        lines: [{ label: "queries", colour: "--c1", fill: true }, ERRORS],
        of: [perSecond((point) => point.db_queries), perSecond((point) => point.db_errors)],
    },
    {
        id: "database", title: "Database latency, p95", unit: "per query", format: duration,
        lines: [{ label: "p95", colour: "--c3" }],
        of: [(point) => point.db_p95_ms],
    },
    {
        id: "given-up", title: "Rate limits and cancelled requests", unit: "per minute", format: rate,
        lines: [{ label: "rate limits", colour: "--c4" }, { label: "cancelled", colour: "--c6" }],
        of: [perMinute((point) => point.rate_limit_hits), perMinute((point) => point.cancelled)],
    },
    {
        id: "machine", title: "Processor, memory, disk", unit: "in use", format: percent, max: 100, always: true,
        lines: [{ label: "cpu", colour: "--c1" }, { label: "memory", colour: "--c5" }, { label: "disk", colour: "--c6" }],
        of: [(point) => point.cpu_percent, (point) => point.memory_percent, (point) => point.disk_usage_percent],
    },
    {
        id: "process", title: "Memory of the process", unit: "resident", format: megabytes, always: true,
        lines: [{ label: "memory", colour: "--c5", fill: true }],
        of: [(point) => point.process_memory_mb],
    },
];

export class Charts {
    readonly node: HTMLElement;
    private readonly charts = SPECS.map((spec) => new Chart(spec, "history"));
    private readonly absent = h("p", { class: "note", hidden: true });

    constructor() {
        this.node = h(
            "section",
            { id: "charts", "aria-labelledby": "charts-title" },
            h("h2", { id: "charts-title", class: "sr" }, "History"),
            h("div", { class: "charts" }, ...this.charts.map((chart) => chart.node)),
            this.absent,
        );
    }

    update(history: History<Point>, range: Range): void {
        const bounds = window(history, range);
        const points = plotted(history);
        const absent: string[] = [];
        for (const [index, spec] of SPECS.entries()) {
            const chart = this.charts[index] as Chart;
            const values: Values[] = spec.of.map((of) => points.map((point) => (point === null ? null : of(point))));
            // A process without a database needs no empty picture of one.
            const visible = spec.always === true || values.some((line) => line.some((value) => value !== null && value !== 0));
            if (!visible) absent.push(spec.title);
            show(chart.node, visible);
            chart.update(bounds, values);
        }
        show(this.absent, absent.length > 0);
        text(this.absent, `Nothing ${bounds.words} of: ${absent.join(" · ")}`);
    }
}
