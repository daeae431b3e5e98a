// The history of one row of a table, opened below it.

import { type Of, Refused, Unauthorized, api } from "./api";
import { Chart } from "./chart";
import type { PointOfOne } from "./contract";
import { h, show, text } from "./dom";
import { duration, rate } from "./format";
import { plotted, window } from "./history";
import { range } from "./range";

let groups = 0;

export class RowHistory {
    readonly node: HTMLElement;
    private readonly message = h("p", { class: "note", role: "status" }, "Loading the history …");
    private readonly calls: Chart;
    private readonly time: Chart;
    private readonly charts: HTMLElement;

    constructor(private readonly of: Of, private readonly name: string) {
        const group = `row-${(groups += 1)}`;
        this.calls = new Chart({
            id: "row-calls", title: "Calls", unit: "per minute", format: rate,
            lines: [{ label: "calls", colour: "--c1", fill: true }, { label: "errors", colour: "--c4" }],
        }, group);
        this.time = new Chart({
            id: "row-time", title: "Time", unit: "average per call", format: duration,
            lines: [{ label: "avg", colour: "--c3" }],
        }, group);
        this.charts = h("div", { class: "charts pair" }, this.calls.node, this.time.node);
        this.charts.hidden = true;
        this.node = h("div", { class: "row-history" }, this.message, this.charts);
    }

    async refresh(): Promise<void> {
        const chosen = range();
        try {
            const history = await api.historyOf(this.of, this.name, chosen.minutes, chosen.step);
            if (chosen !== range()) return;
            const points = plotted(history);
            const bounds = window(history, chosen);
            const perMinute = (of: (point: PointOfOne) => number) =>
                points.map((point) => (point === null || point.seconds <= 0 ? null : (of(point) * 60) / point.seconds));
            show(this.message, false);
            show(this.charts, true);
            this.calls.update(bounds, [perMinute((point) => point.calls), perMinute((point) => point.errors)]);
            this.time.update(bounds, [points.map((point) => point?.avg_response_time_ms ?? null)]);
        } catch (error) {
            if (error instanceof Unauthorized) throw error;
            text(this.message, `No history: ${error instanceof Refused && error.status === 404 ? "the server has none of this name" : (error as Error).message}.`);
            show(this.message, true);
        }
    }

    destroy(): void {
        this.calls.destroy();
        this.time.destroy();
    }
}
