// The page as a whole: what stands where, and the clockwork that keeps it up to date.

import { Unauthorized, api } from "./api";
import { Charts } from "./charts";
import { Condition } from "./condition";
import type { History, Point, Stats } from "./contract";
import { arrange, h, show } from "./dom";
import { Figures } from "./figures";
import { Header } from "./header";
import { setServerTime } from "./moment";
import { Empty, Failure, TokenForm } from "./notice";
import { range } from "./range";
import { Tables } from "./tables";
import { startTheme } from "./theme";
import { TraceView } from "./traceview";
import { Traces } from "./traces";

const EVERY_MS = 5_000;
const INFO_EVERY_MS = 60_000;

class Page {
    private readonly header = new Header(() => void this.look(this.pictures));
    /** What depends on the range of time. Another range is not kept waiting by an update under way. */
    private readonly pictures: [string, () => Promise<void>][] = [["the history", () => this.readHistory()], ["the history", () => this.tables.refresh()]];
    private readonly failure = new Failure(() => this.again(true));
    private readonly tokenForm = new TokenForm(() => {
        this.again(true);
        this.view.resume();
    });
    private readonly empty = new Empty();
    private readonly condition = new Condition();
    private readonly figures = new Figures();
    private readonly charts = new Charts();
    private readonly tables = new Tables();
    private readonly traces: Traces = new Traces((id, opener) => this.view.open(id, opener), () => void this.look([["the traces", () => this.traces.refresh()]]));
    private readonly view: TraceView = new TraceView(() => this.locked(), () => this.traces.home());
    private readonly loading = h("p", { class: "note loading", role: "status" }, "Loading …");
    private readonly main = h("main", {}, this.failure.node, this.tokenForm.node, this.loading);

    private stats: Stats | null = null;
    private history: History<Point> | null = null;
    private historyAt = 0;
    private infoAt = 0;
    private updated: number | null = null;
    private readonly failures = new Map<string, string>();
    private timer = 0;
    private running = false;
    private wanted = false;
    private waitsForToken = false;

    start(): void {
        document.body.append(this.header.node, this.main, this.view.node);
        document.addEventListener("visibilitychange", () => this.again(false));
        setInterval(() => this.age(), 1_000);
        this.view.follow();
        this.again(true);
    }

    /** Updates now, and from now on every five seconds; `whole` also what is not due yet. */
    private again(whole: boolean): void {
        if (whole) [this.historyAt, this.infoAt, this.waitsForToken] = [0, 0, false];
        clearTimeout(this.timer);
        // Nobody looks: nothing is asked. When somebody looks again, it is asked at once.
        if (document.hidden || this.waitsForToken) return;
        if (this.running) {
            this.wanted = true;
            return;
        }
        void this.update();
    }

    private async update(): Promise<void> {
        this.running = true;
        const now = Date.now();
        const parts: [string, () => Promise<void>][] = [
            ["the health", () => this.readHealth()],
            ["the figures", () => this.readStats()],
            ["the traces", () => this.traces.refresh()],
        ];
        if (now - this.historyAt >= range().refresh) parts.push(...this.pictures);
        if (now - this.infoAt >= INFO_EVERY_MS) parts.push(["the description", () => this.readInfo()]);
        await this.look(parts);
        this.running = false;
        if (this.wanted) {
            this.wanted = false;
            this.again(false);
        } else if (!this.waitsForToken) this.timer = setTimeout(() => this.again(false), EVERY_MS);
    }

    /** Reads parts side by side; one that fails does not keep the others from being shown. */
    private async look(parts: [string, () => Promise<void>][]): Promise<void> {
        const failed = new Map<string, string>();
        await Promise.all(parts.map(async ([name, read]) => {
            try {
                await read();
            } catch (error) {
                if (error instanceof Unauthorized) this.locked();
                else failed.set(name, (error as Error).message);
            }
        }));
        for (const [name] of parts) this.failures.delete(name);
        for (const [name, reason] of failed) this.failures.set(name, reason);
        this.render();
        this.age();
    }

    private async readHealth(): Promise<void> {
        try {
            const health = await api.health();
            this.header.setHealth(health);
            this.condition.update(health);
        } catch (error) {
            this.header.setUnknown();
            this.condition.setUnknown();
            throw error;
        }
    }

    private async readStats(): Promise<void> {
        const { data, timestamp } = await api.stats();
        setServerTime(timestamp);
        this.stats = data;
        this.updated = Date.now();
        this.tables.update(data);
    }

    private async readHistory(): Promise<void> {
        const chosen = range();
        const history = await api.history(chosen.minutes, chosen.step);
        if (chosen !== range()) return;
        this.history = history;
        this.historyAt = Date.now();
        this.charts.update(history, chosen);
    }

    private async readInfo(): Promise<void> {
        this.header.setInfo(await api.info());
        this.infoAt = Date.now();
    }

    private locked(): void {
        this.waitsForToken = true;
        this.tokenForm.ask();
    }

    private render(): void {
        const shown: Node[] = [this.failure.node, this.tokenForm.node];
        if (this.stats === null) {
            if (this.failures.size === 0 && !this.waitsForToken) shown.push(this.loading);
            shown.push(this.condition.node);
        } else {
            this.figures.update(this.stats, this.history, range().label);
            show(this.empty.node, nothing(this.stats));
            shown.push(this.condition.node, this.empty.node, this.figures.node, this.charts.node, this.tables.node, this.traces.node);
            this.header.setAnchors([["charts", "Charts"], ...this.tables.anchors(), ["traces", "Traces"]]);
        }
        arrange(this.main, shown);
    }

    private age(): void {
        const reasons = new Map<string, string[]>();
        for (const [name, reason] of this.failures) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
        // One reason for all of it is said once.
        const lines = [...reasons].map(([reason, names]) => (names.length > 2 ? reason : `${names.join(" and ")}: ${reason}`));
        this.failure.update(lines, this.updated);
        this.header.setAge(this.updated, this.failures.size > 0);
        document.body.classList.toggle("stale", this.failures.has("the figures"));
    }
}

function nothing(stats: Stats): boolean {
    const groups = [stats.endpoints, stats.agents, stats.llm.models, stats.tools, stats.workflows, stats.commands, stats.rpc, stats.databases, stats.caches, stats.http_clients, stats.rpc_clients];
    return stats.total_requests === 0 && groups.every((group) => Object.keys(group).length === 0);
}

startTheme();
if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => new Page().start());
else new Page().start();
