// One chart: title, unit, a legend with the figures under the cursor, and in words what the picture shows.

import uPlot from "uplot";
import { attribute, h, show, text } from "./dom";
import { UNKNOWN, clock, minutes as hoursAndMinutes } from "./format";
import { type Values, type Window, lonely } from "./history";
import { colour, onTheme } from "./theme";

export interface Line {
    label: string;
    /** Custom property with the colour. */
    colour: string;
    fill?: boolean;
}

export interface ChartSpec {
    id: string;
    title: string;
    unit: string;
    lines: readonly Line[];
    format: (value: number | null) => string;
    /** The top of the scale; without it the data decide. */
    max?: number;
}

const HEIGHT = 132;
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export class Chart {
    readonly node: HTMLElement;
    private readonly canvas: HTMLElement;
    private readonly time: HTMLElement;
    private readonly figures: HTMLElement[];
    private readonly release: () => void;
    private readonly sizes: ResizeObserver;
    private plot: uPlot | null = null;
    private data: uPlot.AlignedData = [[]];
    private bounds: Window = { from: 0, to: 1, times: [], words: "" };

    constructor(private readonly spec: ChartSpec, private readonly group: string) {
        this.time = h("span", { class: "chart-time" });
        this.figures = spec.lines.map(() => h("b", {}, UNKNOWN));
        this.canvas = h("div", { class: "plot", role: "img", "aria-label": `${spec.title}: no data yet` });
        this.node = h(
            "figure",
            { class: "chart", "data-chart": spec.id },
            h("figcaption", {}, h("h3", {}, spec.title), h("span", { class: "chart-unit" }, spec.unit), this.time),
            h("ul", { class: "legend" }, ...spec.lines.map((line, index) => this.entry(line, index))),
            this.canvas,
        );
        this.release = onTheme(() => this.plot?.redraw(false));
        this.sizes = new ResizeObserver(() => this.fit());
        this.sizes.observe(this.canvas);
    }

    private entry(line: Line, index: number): HTMLElement {
        const swatch = h("i", { class: "swatch" });
        swatch.style.backgroundColor = `var(${line.colour})`;
        return h("li", {}, swatch, line.label + " ", this.figures[index]);
    }

    /** New data. A chart without any value in it can be left out; it says so. */
    update(bounds: Window, values: readonly Values[]): void {
        this.bounds = bounds;
        this.data = [bounds.times as number[], ...(values as (number | null)[][])];
        if (this.plot === null) this.fit();
        else this.plot.setData(this.data);
        this.legend();
        attribute(this.canvas, "aria-label", this.words());
    }

    destroy(): void {
        this.sizes.disconnect();
        this.release();
        this.plot?.destroy();
        this.plot = null;
    }

    private fit(): void {
        const width = Math.floor(this.canvas.clientWidth);
        if (width < 40 || this.data.length < 2) return;
        if (this.plot === null) this.plot = new uPlot(this.options(width), this.data, this.canvas);
        else if (this.plot.width !== width) this.plot.setSize({ width, height: HEIGHT });
    }

    private options(width: number): uPlot.Options {
        const { spec } = this;
        const line = (): string => colour("--grid");
        const axis = { stroke: () => colour("--muted"), font: FONT, grid: { stroke: line, width: 1 }, ticks: { show: false }, gap: 6 };
        return {
            width,
            height: HEIGHT,
            padding: [8, 10, 0, 0],
            legend: { show: false },
            cursor: {
                y: false,
                drag: { x: false, y: false },
                points: { size: 7 },
                sync: { key: this.group, scales: ["x", null] },
            },
            scales: {
                x: { time: true, range: () => [this.bounds.from, this.bounds.to] },
                y: { range: (_, __, max) => [0, spec.max ?? (max > 0 ? uPlot.rangeNum(0, max, 0.1, true)[1] : 1) ?? 1] },
            },
            axes: [
                { ...axis, space: 64, size: 24, values: (_, splits) => splits.map((at) => hoursAndMinutes(new Date(at * 1000))) },
                { ...axis, space: 30, size: 58, values: (_, splits) => splits.map((value) => spec.format(value).replace(/\.0+(?!\d)/, "")) },
            ],
            series: [
                {},
                ...spec.lines.map(({ label, colour: property, fill }) => ({
                    label,
                    stroke: () => colour(property),
                    ...(fill === true ? { fill: () => colour(property + "-soft") } : {}),
                    width: 1.5,
                    points: { show: false, size: 5, fill: () => colour(property), filter: (plot: uPlot, series: number) => lonely(plot.data[series] as Values) },
                })),
            ],
            hooks: { setCursor: [() => this.legend()] },
        };
    }

    /** The figures under the cursor, or the latest ones. */
    private legend(): void {
        const index = this.plot?.cursor.idx ?? null;
        const at = index === null ? undefined : this.bounds.times[index];
        text(this.time, at === undefined ? "" : clock(new Date(at * 1000)));
        show(this.time, at !== undefined);
        for (const [line, figure] of this.figures.entries()) {
            const values = this.data[line + 1] ?? [];
            text(figure, this.spec.format(index === null ? latest(values) : (values[index] ?? null)));
        }
    }

    private words(): string {
        const { spec, bounds } = this;
        const lines = spec.lines.map(({ label }, index) => {
            const values = (this.data[index + 1] ?? []) as Values;
            let top: number | null = null;
            let when = 0;
            for (const [place, value] of values.entries()) {
                if (value !== null && (top === null || value > top)) [top, when] = [value, bounds.times[place] ?? 0];
            }
            if (top === null) return `${label}: no data`;
            return `${label}: latest ${spec.format(latest(values))}, highest ${spec.format(top)} at ${hoursAndMinutes(new Date(when * 1000))}`;
        });
        return `${spec.title}, ${spec.unit}, ${bounds.words}. ${lines.join("; ")}.`;
    }
}

function latest(values: ArrayLike<number | null | undefined>): number | null {
    for (let index = values.length - 1; index >= 0; index -= 1) {
        const value = values[index];
        if (value !== null && value !== undefined) return value;
    }
    return null;
}
