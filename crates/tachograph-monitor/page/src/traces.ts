// The traces that the process keeps: latest, slowest, failed.

import { api } from "./api";
import type { TraceKind, TraceList, TraceSummary } from "./contract";
import { arrange, attribute, h, show, text } from "./dom";
import { ago, compact, count, duration, exact, usd } from "./format";
import { secondsSince } from "./moment";
import { quantity } from "./table";
import { paint } from "./category";

const KINDS: readonly TraceKind[] = ["latest", "slowest", "failed"];
const COLUMNS = ["Trace", "Started", "Duration", "", "Spans", "Errors", "Tokens in / out", "Cost", "Agent", "Model"];
const NUMBERS = new Set(["Started", "Duration", "Spans", "Errors", "Tokens in / out", "Cost"]);

interface Row {
    node: HTMLTableRowElement;
    started: HTMLElement;
    bar: HTMLElement;
    trace: TraceSummary;
}

function list(names: readonly string[]): string {
    return names.length === 0 ? "" : names.length === 1 ? (names[0] ?? "") : `${names[0]} +${names.length - 1}`;
}

export class Traces {
    readonly node: HTMLElement;
    private kind: TraceKind = "latest";
    private readonly tabs: HTMLButtonElement[];
    private readonly panel: HTMLElement;
    private readonly body = h("tbody");
    private readonly tally = h("span", { class: "tally" });
    private readonly note = h("p", { class: "note", role: "status" }, "Loading …");
    private readonly table: HTMLElement;
    private rows = new Map<string, Row>();

    constructor(private readonly open: (id: string, opener: HTMLElement) => void, private readonly changed: () => void) {
        this.tabs = KINDS.map((kind) => {
            const tab = h("button", { type: "button", role: "tab", id: `tab-${kind}`, "aria-controls": "trace-panel" }, kind);
            tab.addEventListener("click", () => this.choose(kind));
            return tab;
        });
        const bar = h("div", { role: "tablist", class: "segments", "aria-label": "Which traces" }, ...this.tabs);
        bar.addEventListener("keydown", (event) => this.pressed(event));
        this.body.addEventListener("click", (event) => this.clicked(event));
        this.table = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-labelledby": "traces-title" },
            h("table", { class: "opens traces-table" },
                h("thead", {}, h("tr", {}, ...COLUMNS.map((title) => title === ""
                    ? h("td", { class: "lane-head" })
                    : h("th", { scope: "col", class: NUMBERS.has(title) ? "number" : "name" }, title)))),
                this.body));
        this.panel = h("div", { role: "tabpanel", id: "trace-panel" }, this.table, this.note);
        this.node = h("section", { id: "traces", class: "table-section", "aria-labelledby": "traces-title" },
            h("div", { class: "section-head" }, h("h2", { id: "traces-title" }, "Traces"), this.tally, bar), this.panel);
        this.mark();
    }

    /** Where the focus goes when what had it is gone. */
    home(): HTMLElement {
        return this.tabs[KINDS.indexOf(this.kind)] as HTMLElement;
    }

    async refresh(): Promise<void> {
        const { kind } = this;
        const traces = await api.traces(kind);
        if (kind === this.kind) this.update(traces);
    }

    private mark(): void {
        for (const [index, tab] of this.tabs.entries()) {
            const selected = KINDS[index] === this.kind;
            attribute(tab, "aria-selected", String(selected));
            attribute(tab, "tabindex", selected ? "0" : "-1");
        }
        attribute(this.panel, "aria-labelledby", `tab-${this.kind}`);
    }

    private choose(kind: TraceKind): void {
        if (kind === this.kind) return;
        this.kind = kind;
        this.mark();
        this.changed();
    }

    private pressed(event: KeyboardEvent): void {
        const at = KINDS.indexOf(this.kind);
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: KINDS.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const place = (to + KINDS.length) % KINDS.length;
        this.choose(KINDS[place] as TraceKind);
        this.tabs[place]?.focus();
    }

    private clicked(event: MouseEvent): void {
        const target = event.target as Element;
        const id = target.closest("tr")?.dataset["key"];
        const opener = target.closest("tr")?.querySelector("button");
        if (id === undefined || !opener) return;
        if (!target.closest("button") && getSelection()?.isCollapsed === false) return;
        this.open(id, opener);
    }

    private update(traces: TraceList): void {
        const longest = Math.max(...traces.traces.map((trace) => trace.duration_ms), 0.001);
        const rows = new Map<string, Row>();
        for (const trace of traces.traces) {
            const have = this.rows.get(trace.trace_id);
            // Spans of a trace may still come in; then it is another one.
            const same = have !== undefined && JSON.stringify(have.trace) === JSON.stringify(trace);
            const row = same ? have : this.make(trace);
            const width = `${((100 * trace.duration_ms) / longest).toFixed(1)}%`;
            if (row.bar.style.width !== width) row.bar.style.width = width;
            const seconds = secondsSince(trace.start);
            text(row.started, seconds === null ? "" : ago(seconds));
            rows.set(trace.trace_id, row);
        }
        this.rows = rows;
        arrange(this.body, [...rows.values()].map((row) => row.node));
        text(this.tally, `${count(traces.seen)} seen · ${count(traces.kept)} kept`);
        show(this.table, rows.size > 0);
        show(this.note, rows.size === 0);
        text(this.note, this.kind === "failed" ? "No trace with an error is kept." : "No trace yet: one is here as soon as it has ended.");
    }

    private make(trace: TraceSummary): Row {
        const started = h("td", { class: "number", title: exact(trace.start) });
        const bar = h("div", { class: trace.errors > 0 ? "bar failed" : "bar" });
        paint(bar, trace.category);
        const time = h("td", { class: "number" });
        quantity(time, duration(trace.duration_ms));
        const failed = trace.errors > 0 || trace.status === "error";
        const cell = (value: string, title?: string, type = "number"): HTMLElement => h("td", { class: type, title }, value);
        const errors = cell(count(trace.errors));
        if (failed) errors.classList.add("bad");
        const node = h("tr", {},
            h("th", { scope: "row", class: "name" }, h("div", { class: "trace-name" },
                h("button", { type: "button", class: "label", title: trace.name, "aria-haspopup": "dialog" }, trace.name),
                trace.error_type !== null && h("span", { class: "flag bad" }, trace.error_type))),
            started, time, h("td", { class: "lane-cell" }, h("div", { class: "lane" }, bar)),
            cell(count(trace.spans)), errors,
            cell(trace.input_tokens + trace.output_tokens > 0 ? `${compact(trace.input_tokens)} / ${compact(trace.output_tokens)}` : "–"),
            cell(usd(trace.cost_usd)),
            cell(list(trace.agents), trace.agents.join(", "), "name clip"), cell(list(trace.models), trace.models.join(", "), "name clip"));
        node.dataset["key"] = trace.trace_id;
        return { node, started, bar, trace };
    }
}
