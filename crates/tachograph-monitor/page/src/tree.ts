// The spans of a trace as a tree.

import type { Span } from "./contract";

export interface Branch {
    span: Span;
    depth: number;
    /** Index of the row above it in the tree; -1 at the root. */
    parent: number;
    /** Rows below it, at any depth. They follow it. */
    below: number;
    /** Place among its siblings from 1, and how many there are. */
    place: number;
    siblings: number;
    /** Its parent is not among the spans. */
    orphan: boolean;
}

/**
 * The spans in the order in which the tree shows them. Each span is there exactly once, whatever the parents say: one with a missing
 * parent stands at the root, and so does one of a circle.
 */
export function tree(spans: readonly Span[]): Branch[] {
    const known = new Set(spans.map((span) => span.span_id));
    const children = new Map<string, Span[]>();
    const roots: Span[] = [];
    for (const span of spans) {
        const parent = span.parent_span_id;
        if (parent === null || parent === span.span_id || !known.has(parent)) roots.push(span);
        else children.get(parent)?.push(span) ?? children.set(parent, [span]);
    }
    const rows: Branch[] = [];
    const seen = new Set<Span>();
    const grow = (start: readonly Span[]): void => {
        // A stack and no recursion: nobody promised that a trace is not ten thousand deep.
        const stack = start.map((span, index) => ({ span, depth: 0, parent: -1, place: index + 1, siblings: start.length })).reverse();
        for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
            const { span, depth, parent } = next;
            if (seen.has(span)) continue;
            seen.add(span);
            const index = rows.length;
            rows.push({ ...next, below: 0, orphan: depth === 0 && span.parent_span_id !== null && !span.parent_is_remote });
            for (let above = parent; above >= 0; above = rows[above]?.parent ?? -1) (rows[above] as Branch).below += 1;
            const own = (children.get(span.span_id) ?? []).filter((child) => !seen.has(child));
            for (const [at, child] of [...own.entries()].reverse()) {
                stack.push({ span: child, depth: depth + 1, parent: index, place: at + 1, siblings: own.length });
            }
        }
    };
    grow(roots);
    for (const span of spans) if (!seen.has(span)) grow([span]);
    return rows;
}
