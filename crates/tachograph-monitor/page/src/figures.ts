// The key figures: what stands, and below it in small print what it is made of.

import { categoryName } from "./category";
import type { History, Point, Stats } from "./contract";
import { attribute, h, text } from "./dom";
import { compact, count, duration, percent, rate, usd } from "./format";

interface Figure {
    id: string;
    title: string;
    value: string;
    small: string;
    /** The value in full, where it is shortened. */
    exact?: string;
    bad?: boolean;
}

function sum(numbers: Iterable<number | null>): number {
    let total = 0;
    for (const number of numbers) total += number ?? 0;
    return total;
}

/** The last interval with requests in it, and the worst of all. */
function p95(history: History<Point> | null): { last: number | null; worst: number | null } {
    const known = (history?.points ?? []).map((point) => point.p95_ms).filter((value) => value !== null);
    return { last: known.at(-1) ?? null, worst: known.length > 0 ? Math.max(...known) : null };
}

export function figuresOf(stats: Stats, history: History<Point> | null, range: string): Figure[] {
    const agents = Object.values(stats.agents);
    const caches = Object.values(stats.caches);
    const hits = sum(caches.map((cache) => cache.hits));
    const lookups = hits + sum(caches.map((cache) => cache.misses));
    const latency = p95(history);
    const limited = sum((history?.points ?? []).map((point) => point.rate_limit_hits));
    const { llm } = stats;
    const operations = Object.entries(stats.active_operations).filter(([, active]) => active > 0);
    const errors = (number: number): string => (number === 1 ? "1 error" : `${count(number)} errors`);
    return [
        {
            id: "requests", title: "Requests per second", value: rate(stats.requests_per_second),
            small: `${count(stats.total_requests)} since start`,
        },
        {
            id: "error-rate", title: "Error rate, 5 min", value: percent(stats.recent_error_rate_percent),
            small: `${percent(stats.error_rate_percent)} since start · ${count(stats.errors_5xx)} 5xx`,
            bad: (stats.recent_error_rate_percent ?? 0) > 0,
        },
        {
            id: "p95", title: "Latency p95", value: duration(latency.last),
            small: latency.worst === null ? `no requests in ${range}` : `at most ${duration(latency.worst)} in ${range}`,
        },
        {
            id: "in-flight", title: "In flight", value: count(stats.active_requests),
            small: operations.length > 0 ? operations.map(([name, active]) => `${categoryName(name)} ${count(active)}`).join(" · ") : "no operation active",
        },
        {
            id: "agent-runs", title: "Agent runs", value: compact(sum(agents.map((agent) => agent.calls))),
            exact: count(sum(agents.map((agent) => agent.calls))), small: errors(sum(agents.map((agent) => agent.errors))),
        },
        {
            id: "model-calls", title: "Model calls", value: compact(llm.calls), exact: count(llm.calls),
            small: errors(llm.errors) + (llm.p95 === null ? "" : ` · p95 ${duration(llm.p95)}`),
        },
        {
            id: "tokens", title: "Tokens in / out", value: `${compact(llm.input_tokens)} / ${compact(llm.output_tokens)}`,
            exact: `${count(llm.input_tokens)} in, ${count(llm.output_tokens)} out`,
            small: `${compact(sum((history?.points ?? []).map((point) => point.input_tokens + point.output_tokens)))} in ${range}`,
        },
        {
            id: "cost", title: "Cost", value: usd(llm.cost_usd), exact: llm.cost_usd === null ? "not known" : `$${llm.cost_usd}`,
            small: llm.unpriced_calls > 0
                ? `without ${count(llm.unpriced_calls)} unpriced ${llm.unpriced_calls === 1 ? "call" : "calls"}`
                : `${usd(history === null ? null : sum(history.points.map((point) => point.cost_usd)))} in ${range}`,
        },
        {
            id: "cache", title: "Cache hit rate", value: percent(lookups > 0 ? (100 * hits) / lookups : null),
            small: lookups > 0 ? `${compact(hits)} of ${compact(lookups)} lookups` : "no lookups",
        },
        {
            id: "rate-limits", title: "Rate-limit hits", value: count(stats.rate_limit_hits),
            small: `${count(limited)} in ${range} · ${count(stats.cancelled_requests)} cancelled`,
            // What happened long ago is no news.
            bad: limited > 0,
        },
    ];
}

export class Figures {
    readonly node = h("dl", { class: "figures", "aria-label": "Key figures", id: "figures" });
    private readonly shown = new Map<string, { value: HTMLElement; small: HTMLElement }>();

    update(stats: Stats, history: History<Point> | null, range: string): void {
        for (const figure of figuresOf(stats, history, range)) {
            let { value, small } = this.shown.get(figure.id) ?? this.add(figure);
            text(value, figure.value);
            text(small, figure.small);
            attribute(value, "title", figure.exact);
            value.classList.toggle("bad", figure.bad === true);
        }
    }

    private add(figure: Figure): { value: HTMLElement; small: HTMLElement } {
        const parts = { value: h("dd", { class: "value" }), small: h("dd", { class: "small" }) };
        this.shown.set(figure.id, parts);
        this.node.append(h("div", { class: "figure", "data-figure": figure.id }, h("dt", {}, figure.title), parts.value, parts.small));
        return parts;
    }
}
