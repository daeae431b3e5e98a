// Everything about one span.

import type { Attributes, Span } from "./contract";
import { categoryName } from "./category";
import { identifier } from "./copy";
import { h } from "./dom";
import { duration } from "./format";

function words(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

function pairs(attributes: Attributes): HTMLElement | null {
    const entries = Object.entries(attributes);
    if (entries.length === 0) return null;
    return h("dl", { class: "attributes" }, ...entries.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, words(value))]));
}

export function spanDetail(span: Span): HTMLElement {
    const facts: [string, string][] = [
        ["duration", duration(span.duration_ms)],
        ["starts at", duration(span.start_offset_ms)],
        ["category", categoryName(span.category)],
        ["kind", span.kind],
        ["status", span.status],
    ];
    if (span.error_type !== null) facts.push(["error", span.error_type]);
    const attributes = pairs(span.attributes);
    return h("div", { class: span.status === "error" ? "span-detail failed" : "span-detail" },
        h("h3", {}, span.name),
        h("dl", { class: "facts" }, ...facts.map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, value)))),
        span.message !== null && h("p", { class: "span-message" }, span.message),
        identifier("span id", span.span_id),
        h("h4", {}, "Attributes"),
        attributes ?? h("p", { class: "note" }, "None."),
        span.events.length > 0 && h("h4", {}, "Events"),
        ...span.events.map((event) => h("div", { class: "event" },
            h("p", {}, h("b", {}, event.name), ` at ${duration(event.offset_ms)}`), pairs(event.attributes))),
    );
}
