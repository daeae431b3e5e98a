// From the points that the server has to the points that a chart draws.

import type { History } from "./contract";
import { serverNow } from "./moment";
import type { Range } from "./range";

/** What a chart shows of the time, and how that is said. */
export interface Window {
    from: number;
    to: number;
    times: readonly number[];
    words: string;
}

export type Values = readonly (number | null)[];

interface Timed {
    timestamp: number;
    seconds: number;
}

/** The last interval is still filling: of less than half of it a rate says nothing, and a percentile little. */
function settled<P extends Timed>(history: History<P>): P[] {
    const last = history.points.at(-1);
    return last !== undefined && last.seconds < history.step_seconds / 2 ? history.points.slice(0, -1) : history.points;
}

/** The points with `null` wherever time went by without one, so that no line bridges a time that nobody recorded. */
export function plotted<P extends Timed>(history: History<P>): (P | null)[] {
    const out: (P | null)[] = [];
    let before: P | undefined;
    for (const point of settled(history)) {
        if (before !== undefined && point.timestamp - before.timestamp > history.step_seconds * 1.5) out.push(null);
        out.push(point);
        before = point;
    }
    return out;
}

/** What the x axis shows: the whole range, be there points or not. */
export function window<P extends Timed>(history: History<P>, range: Range): Window {
    const now = Math.floor(serverNow() / 1000);
    let before = 0;
    const times = plotted(history).map((point) => (before = point === null ? before + history.step_seconds : point.timestamp));
    return { from: now - range.minutes * 60, to: now, times, words: `in the last ${range.label}` };
}

/** Where the points are that have no neighbour: a line alone would not show them. */
export function lonely(values: Values): number[] {
    const at = (index: number): boolean => (values[index] ?? null) !== null;
    return values.flatMap((_, index) => (at(index) && !at(index - 1) && !at(index + 1) ? [index] : []));
}
