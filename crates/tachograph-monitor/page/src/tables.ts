// Which tables there are, and their columns.

import type { Of } from "./api";
import type { Agent, Cache, Calls, Database, Endpoint, Model, Stats } from "./contract";
import { h } from "./dom";
import { ago, count, duration, exact, percent, usd } from "./format";
import { secondsSince } from "./moment";
import { RowHistory } from "./rowhistory";
import { type Column, Table } from "./table";

const name = <R>(title: string): Column<R> => ({ key: "name", title, value: () => null, text: () => "" });

function number<R>(key: string, title: string, of: (row: R) => number | null, bad?: (row: R) => boolean): Column<R> {
    return { key, title, value: of, text: (row) => count(of(row)), align: "number", ...(bad === undefined ? {} : { bad }) };
}

function time<R>(key: string, title: string, of: (row: R) => number | null): Column<R> {
    return { key, title, value: of, text: (row) => duration(of(row)), align: "unit" };
}

const failing = (row: Calls): boolean => row.errors > 0;

function calls<R extends Calls>(between: Column<R>[] = []): Column<R>[] {
    return [
        number("calls", "Calls", (row) => row.calls),
        number("errors", "Errors", (row) => row.errors, failing),
        { key: "error_rate", title: "Error rate", value: (row) => row.error_rate, text: (row) => percent(row.error_rate), align: "number", bad: failing },
        ...between,
        time("avg", "Avg", (row) => row.avg_response_time),
        time("p50", "p50", (row) => row.p50),
        time("p95", "p95", (row) => row.p95),
        time("p99", "p99", (row) => row.p99),
        {
            key: "last_called", title: "Last called", align: "number",
            value: (row) => (row.last_called === null ? null : Date.parse(row.last_called)),
            text: (row) => {
                const seconds = secondsSince(row.last_called);
                return seconds === null ? "never" : ago(seconds);
            },
            hint: (row) => exact(row.last_called),
        },
    ];
}

const cost = <R extends { cost_usd: number | null }>(): Column<R> => ({
    key: "cost", title: "Cost", value: (row) => row.cost_usd, text: (row) => usd(row.cost_usd), align: "number",
});

const history = (of: Of) => (name: string) => new RowHistory(of, name);

function make<R>(id: string, title: string, columns: Column<R>[], of?: Of): Table<R> {
    return new Table<R>({ id, title, columns, sort: columns.find(({ align }) => align !== undefined)?.key ?? "name", ...(of === undefined ? {} : { open: history(of) }) });
}

export class Tables {
    readonly endpoints = make<Endpoint>("endpoints", "Endpoints", [
        name("Endpoint"),
        ...calls<Endpoint>([
            number("4xx", "4xx", (row) => row.errors_4xx),
            number("5xx", "5xx", (row) => row.errors_5xx, (row) => row.errors_5xx > 0),
            number("cancelled", "Cancelled", (row) => row.cancelled),
        ]),
    ], "endpoint");
    readonly agents = make<Agent>("agents", "Agents", [name("Agent"), ...calls<Agent>([cost()])], "agent");
    readonly models = make<Model>("models", "Models", [
        name("Model"),
        ...calls<Model>([
            number("input_tokens", "Tokens in", (row) => row.input_tokens),
            number("output_tokens", "Tokens out", (row) => row.output_tokens),
            cost(),
        ]),
    ], "model");
    readonly tools = make<Calls>("tools", "Tools", [name("Tool"), ...calls()], "tool");
    readonly databases = make<Database>("databases", "Databases", [
        name("Query"),
        { key: "system", title: "System", value: (row) => row.system, text: (row) => row.system },
        ...calls<Database>(),
    ]);
    readonly caches = make<Cache>("caches", "Caches", [
        name("Cache"),
        number("hits", "Hits", (row) => row.hits),
        number("misses", "Misses", (row) => row.misses),
        { key: "hit_rate", title: "Hit rate", value: (row) => row.hit_rate, text: (row) => percent(row.hit_rate), align: "number" },
    ]);
    readonly workflows = make<Calls>("workflows", "Workflows", [name("Workflow"), ...calls()]);
    readonly commands = make<Calls>("commands", "Commands", [name("Command"), ...calls()]);
    readonly rpc = make<Calls>("rpc", "RPC methods", [name("Method"), ...calls()]);
    readonly http_clients = make<Calls>("http_clients", "HTTP clients", [name("Request"), ...calls()]);
    readonly rpc_clients = make<Calls>("rpc_clients", "RPC clients", [name("Method"), ...calls()]);

    readonly node = h("div", { class: "tables" }, ...this.all().map((table) => table.node));

    private all() {
        return [
            this.endpoints, this.agents, this.models, this.tools, this.databases, this.caches,
            this.workflows, this.commands, this.rpc, this.http_clients, this.rpc_clients,
        ];
    }

    /** Titles and anchors of the tables that have rows. */
    anchors(): [string, string][] {
        return this.all().filter((table) => table.size > 0).map((table) => [table.node.id, table.node.querySelector("h2")?.textContent ?? ""]);
    }

    update(stats: Stats): void {
        const left = (group: string): number => stats.omitted?.[group] ?? 0;
        this.endpoints.update(stats.endpoints, left("endpoints"));
        this.agents.update(stats.agents, left("agents"));
        this.models.update(stats.llm.models, left("models") || left("llm"));
        this.tools.update(stats.tools, left("tools"));
        this.databases.update(stats.databases, left("databases"));
        this.caches.update(stats.caches, left("caches"));
        this.workflows.update(stats.workflows, left("workflows"));
        this.commands.update(stats.commands, left("commands"));
        this.rpc.update(stats.rpc, left("rpc"));
        this.http_clients.update(stats.http_clients, left("http_clients"));
        this.rpc_clients.update(stats.rpc_clients, left("rpc_clients"));
    }

    /** Brings the histories of open rows up to date. */
    async refresh(): Promise<void> {
        await Promise.all([this.endpoints, this.agents, this.models, this.tools].map((table) => table.refresh()));
    }
}
