// The span of time that the charts show.

import { button, h } from "./dom";
import { preferences } from "./storage";

export interface Range {
    label: string;
    minutes: number;
    /** Seconds per point: what the server keeps that long, and no more points than a chart has pixels. */
    step: number;
    /** Milliseconds after which another look is worth while. */
    refresh: number;
}

export const RANGES: readonly Range[] = [
    { label: "15 min", minutes: 15, step: 10, refresh: 0 },
    { label: "1 h", minutes: 60, step: 60, refresh: 0 },
    { label: "6 h", minutes: 360, step: 60, refresh: 15_000 },
    { label: "24 h", minutes: 1440, step: 60, refresh: 60_000 },
];

const first = RANGES[0] as Range;
let chosen: Range = RANGES.find((range) => String(range.minutes) === preferences.get("range")) ?? first;

export function range(): Range {
    return chosen;
}

export function rangeButtons(changed: () => void): HTMLElement {
    const buttons = RANGES.map((range) =>
        button({ "aria-pressed": String(range === chosen), "data-minutes": range.minutes }, range.label, () => {
            chosen = range;
            preferences.set("range", String(range.minutes));
            for (const [index, node] of buttons.entries()) node.setAttribute("aria-pressed", String(RANGES[index] === chosen));
            changed();
        }),
    );
    return h("div", { class: "segments", role: "group", "aria-label": "Time range of the charts", id: "range" }, ...buttons);
}
