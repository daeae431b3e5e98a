// The spans of a trace, one bar each, as a tree that is walked with the arrow keys.

import type { Span, TraceDetail } from "./contract";
import { categoryName, order, paint } from "./category";
import { attribute, h, show, text } from "./dom";
import { compact, duration, usd } from "./format";
import { type Branch, tree } from "./tree";

/** Beyond this depth names would have no room left. */
const DEEPEST = 14;
const INDENT = 14;

interface Row extends Branch {
    node: HTMLElement;
    toggle: HTMLElement;
    open: boolean;
}

function numeric(span: Span, key: string): number | null {
    const value = span.attributes[key];
    return typeof value === "number" ? value : null;
}

/** Tokens and cost, where the span has them. */
function spent(span: Span): string {
    const input = numeric(span, "gen_ai.usage.input_tokens");
    const output = numeric(span, "gen_ai.usage.output_tokens");
    const cost = numeric(span, "tachograph.llm.cost.amount");
    const parts = [];
    if (input !== null || output !== null) parts.push(`${compact(input)} / ${compact(output)} tok`);
    if (cost !== null) parts.push(usd(cost));
    return parts.join(" · ");
}

export class Waterfall {
    readonly node: HTMLElement;
    private readonly rows: Row[];
    private readonly list = h("div", { role: "tree", class: "spans", "aria-label": "Spans" });
    private selected = -1;
    private readonly start: number;
    private readonly total: number;

    constructor(trace: TraceDetail, private readonly select: (span: Span) => void) {
        const { spans } = trace;
        this.start = Math.min(0, ...spans.map((span) => span.start_offset_ms));
        const end = Math.max(trace.duration_ms, ...spans.map((span) => span.start_offset_ms + span.duration_ms));
        this.total = Math.max(end - this.start, 0.001);
        this.rows = tree(spans).map((branch, index) => this.row(branch, index));
        this.list.append(...this.rows.map((row) => row.node));
        this.list.addEventListener("click", (event) => this.clicked(event));
        this.list.addEventListener("keydown", (event) => this.pressed(event));
        this.node = h("div", { class: "waterfall" }, this.legend(spans), this.ruler(), this.list);
    }

    private legend(spans: readonly Span[]): HTMLElement {
        const counts = new Map<string, number>();
        for (const { category } of spans) counts.set(categoryName(category), (counts.get(categoryName(category)) ?? 0) + 1);
        const categories = [...new Map(spans.map(({ category }) => [categoryName(category), category]))].sort(([, a], [, b]) => order(a) - order(b));
        return h("ul", { class: "legend", "aria-label": "Colours of the categories" }, ...categories.map(([name, category]) => {
            const swatch = h("i", { class: "swatch" });
            paint(swatch, category);
            return h("li", {}, swatch, name + " ", h("b", {}, String(counts.get(name))));
        }));
    }

    private ruler(): HTMLElement {
        const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => h("span", {}, duration(this.start + share * this.total)));
        return h("div", { class: "ruler", "aria-hidden": "true" }, h("span"), h("div", {}, ...marks), h("span"));
    }

    private row(branch: Branch, index: number): Row {
        const { span, depth } = branch;
        const failed = span.status === "error";
        const toggle = h("span", { class: "toggle", "aria-hidden": "true" }, branch.below > 0 ? "▾" : "");
        const swatch = h("i", { class: "swatch" });
        paint(swatch, span.category);
        const name = h("div", { class: "span-name" }, toggle, swatch, h("span", { class: "label", title: span.name }, span.name),
            failed && h("span", { class: "flag bad" }, span.error_type ?? "error"),
            branch.orphan && h("span", { class: "flag", title: "The span above it is not among those that were kept" }, "parent missing"),
            h("span", { class: "spent" }, spent(span)));
        name.style.paddingInlineStart = `${Math.min(depth, DEEPEST) * INDENT}px`;
        const bar = h("div", { class: failed ? "bar failed" : "bar" });
        paint(bar, span.category);
        bar.style.left = `${(100 * (span.start_offset_ms - this.start)) / this.total}%`;
        bar.style.width = `${(100 * span.duration_ms) / this.total}%`;
        const node = h("div", {
            role: "treeitem", class: "span-row", tabindex: "-1", "data-index": index, "aria-level": depth + 1, "aria-selected": "false",
            "aria-setsize": branch.siblings, "aria-posinset": branch.place, "aria-expanded": branch.below > 0 ? "true" : null,
        }, name, h("div", { class: "lane" }, bar), h("span", { class: "span-time" }, duration(span.duration_ms)));
        return { ...branch, node, toggle, open: true };
    }

    /** Where the eye should go first: to the innermost thing that failed, else to the top. */
    first(): number {
        let found = -1;
        for (const [index, row] of this.rows.entries()) {
            const inside = this.rows.slice(index + 1, index + 1 + row.below);
            if (row.span.status === "error" && !inside.some(({ span }) => span.status === "error")) {
                found = index;
                break;
            }
        }
        return Math.max(found, 0);
    }

    choose(index: number, focus: boolean): void {
        const row = this.rows[index];
        if (row === undefined) return;
        const before = this.rows[this.selected];
        if (before !== undefined) {
            attribute(before.node, "aria-selected", "false");
            attribute(before.node, "tabindex", "-1");
        }
        this.selected = index;
        attribute(row.node, "aria-selected", "true");
        attribute(row.node, "tabindex", "0");
        if (focus) row.node.focus();
        if (before !== row) this.select(row.span);
    }

    private setOpen(index: number, open: boolean): void {
        const row = this.rows[index];
        if (row === undefined || row.below === 0 || row.open === open) return;
        row.open = open;
        attribute(row.node, "aria-expanded", String(open));
        text(row.toggle, open ? "▾" : "▸");
        for (let at = index + 1; at <= index + row.below; at += 1) {
            const below = this.rows[at] as Row;
            show(below.node, open);
            // What was folded below stays folded.
            if (open && !below.open) at += below.below;
        }
        if (!open && this.selected > index && this.selected <= index + row.below) this.choose(index, true);
    }

    private clicked(event: MouseEvent): void {
        const target = event.target as Element;
        const node = target.closest<HTMLElement>(".span-row");
        if (node === null) return;
        const index = Number(node.dataset["index"]);
        this.choose(index, true);
        if (target.closest(".toggle") !== null) this.setOpen(index, this.rows[index]?.open === false);
    }

    /** The next row that is seen, in one direction. */
    private seen(from: number, step: 1 | -1): number {
        let at = from + step;
        while (at >= 0 && at < this.rows.length && this.rows[at]?.node.hidden === true) at += step;
        return at >= 0 && at < this.rows.length ? at : from;
    }

    private pressed(event: KeyboardEvent): void {
        const at = this.selected;
        const row = this.rows[at];
        if (row === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        const moves: Record<string, () => void> = {
            ArrowDown: () => this.choose(this.seen(at, 1), true),
            ArrowUp: () => this.choose(this.seen(at, -1), true),
            Home: () => this.choose(0, true),
            End: () => this.choose(this.seen(this.rows.length, -1), true),
            ArrowLeft: () => (row.below > 0 && row.open ? this.setOpen(at, false) : this.choose(Math.max(row.parent, 0), true)),
            ArrowRight: () => (row.below > 0 && !row.open ? this.setOpen(at, true) : row.below > 0 ? this.choose(at + 1, true) : undefined),
            Enter: () => this.setOpen(at, !row.open),
            " ": () => this.setOpen(at, !row.open),
        };
        const move = moves[event.key];
        if (move === undefined) return;
        event.preventDefault();
        move();
    }
}
