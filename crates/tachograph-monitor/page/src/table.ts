// A table that is sorted, filtered and brought up to date in place: rows are known by their key, and a cell that says the same is left alone.

import { arrange, attribute, button, h, show, text } from "./dom";
import { UNIT_SPACE, count } from "./format";

export interface Column<R> {
    key: string;
    title: string;
    /** What it is sorted by. Unknown ones are last, whichever way. */
    value: (row: R) => string | number | null;
    text: (row: R) => string;
    hint?: (row: R) => string;
    /** Numbers line up at the right, and their units below each other. */
    align?: "number" | "unit";
    bad?: (row: R) => boolean;
}

export interface Detail {
    node: HTMLElement;
    refresh(): Promise<void>;
    destroy(): void;
}

interface Row<R> {
    data: R;
    node: HTMLTableRowElement;
    cells: HTMLTableCellElement[];
    shown: string[];
    opener: HTMLElement;
    detail: { row: HTMLTableRowElement; content: Detail } | null;
}

export interface TableSpec<R> {
    id: string;
    title: string;
    /** The first one is the name, which is the key of the row. */
    columns: readonly Column<R>[];
    open?: (name: string) => Detail;
    sort: string;
}

const FIRST = 50;

export class Table<R> {
    readonly node: HTMLElement;
    private readonly rows = new Map<string, Row<R>>();
    private readonly body = h("tbody");
    private readonly heads: HTMLTableCellElement[];
    private readonly filter: HTMLInputElement;
    private readonly tally = h("span", { class: "tally" });
    private readonly more: HTMLButtonElement;
    private readonly note = h("p", { class: "note", role: "status" });
    private sort: string;
    private descending = true;
    private all = false;
    private omitted = 0;

    constructor(private readonly spec: TableSpec<R>) {
        this.sort = spec.sort;
        this.heads = spec.columns.map((column) =>
            h("th", { scope: "col", class: column.align === undefined ? "name" : "number" }, button({ "data-sort": column.key }, column.title, () => this.sortBy(column.key))),
        );
        this.filter = h("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${spec.title.toLowerCase()} by name`, spellcheck: "false", autocomplete: "off" });
        this.filter.addEventListener("input", () => this.layout());
        this.more = button({ class: "more" }, "", () => {
            this.all = !this.all;
            this.layout();
        });
        this.body.addEventListener("click", (event) => this.clicked(event));
        this.node = h(
            "section",
            { id: spec.id, class: "table-section", "aria-labelledby": `${spec.id}-title`, hidden: true },
            h("div", { class: "section-head" }, h("h2", { id: `${spec.id}-title` }, spec.title), this.tally, this.filter),
            h("div", { class: "scroller", tabindex: "0", role: "region", "aria-labelledby": `${spec.id}-title` },
                h("table", { class: spec.open === undefined ? "" : "opens" }, h("thead", {}, h("tr", {}, ...this.heads)), this.body)),
            h("div", { class: "section-foot" }, this.note, this.more),
        );
    }

    get size(): number {
        return this.rows.size;
    }

    update(group: Record<string, R>, omitted: number): void {
        this.omitted = omitted;
        for (const [name, row] of this.rows) {
            if (Object.hasOwn(group, name)) continue;
            row.detail?.content.destroy();
            this.rows.delete(name);
        }
        for (const [name, data] of Object.entries(group)) {
            const row = this.rows.get(name);
            if (row === undefined) this.rows.set(name, this.make(name, data));
            else row.data = data;
        }
        this.layout();
    }

    /** Brings what is open up to date. */
    async refresh(): Promise<void> {
        await Promise.all([...this.rows.values()].map((row) => (row.detail?.row.isConnected === true ? row.detail.content.refresh() : undefined)));
    }

    private make(name: string, data: R): Row<R> {
        const opener = this.spec.open === undefined
            ? h("span", { class: "label", title: name }, name)
            : h("button", { type: "button", class: "label", title: name, "aria-expanded": "false" }, name);
        const cells = this.spec.columns.map((column, index) =>
            index === 0 ? h("th", { scope: "row", class: "name" }, opener) : h("td", { class: column.align === undefined ? "name" : "number" }),
        );
        const node = h("tr", {}, ...cells);
        node.dataset["key"] = name;
        return { data, node, cells, shown: [], opener, detail: null };
    }

    private paint(row: Row<R>): void {
        for (const [index, column] of this.spec.columns.entries()) {
            if (index === 0) continue;
            const cell = row.cells[index] as HTMLTableCellElement;
            const value = column.text(row.data);
            if (row.shown[index] !== value) {
                row.shown[index] = value;
                if (column.align === "unit") quantity(cell, value);
                else text(cell, value);
            }
            if (column.hint !== undefined) attribute(cell, "title", column.hint(row.data));
            if (column.bad !== undefined) cell.classList.toggle("bad", column.bad(row.data));
        }
    }

    private sortBy(key: string): void {
        const column = this.spec.columns.find((column) => column.key === key);
        this.descending = this.sort === key ? !this.descending : column?.align !== undefined;
        this.sort = key;
        this.layout();
    }

    private ordered(): Row<R>[] {
        const column = this.spec.columns.find(({ key }) => key === this.sort);
        const needle = this.filter.value.trim().toLowerCase();
        const rows = [...this.rows].filter(([name]) => needle === "" || name.toLowerCase().includes(needle));
        if (column !== undefined) {
            const sign = this.descending ? -1 : 1;
            const keyed = rows.map(([name, row]) => ({ name, row, value: column === this.spec.columns[0] ? name : column.value(row.data) }));
            keyed.sort((a, b) => {
                if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null) || compare(a.name, b.name);
                return sign * compare(a.value, b.value) || compare(a.name, b.name);
            });
            return keyed.map(({ row }) => row);
        }
        return rows.map(([, row]) => row);
    }

    private layout(): void {
        const rows = this.ordered();
        const shown = this.all ? rows : rows.slice(0, FIRST);
        const nodes: Node[] = [];
        for (const row of shown) {
            this.paint(row);
            nodes.push(row.node);
            if (row.detail !== null) nodes.push(row.detail.row);
        }
        arrange(this.body, nodes);
        for (const [index, head] of this.heads.entries()) {
            const sorted = this.spec.columns[index]?.key === this.sort;
            attribute(head, "aria-sort", sorted ? (this.descending ? "descending" : "ascending") : null);
        }
        const total = this.rows.size;
        show(this.node, total > 0);
        text(this.tally, rows.length === total ? count(total) : `${count(rows.length)} of ${count(total)}`);
        show(this.more, rows.length > FIRST);
        text(this.more, this.all ? `Show the first ${FIRST}` : `Show all ${count(rows.length)}`);
        const notes = [];
        if (rows.length === 0) notes.push("No name has that in it.");
        if (this.omitted > 0) notes.push(`${count(this.omitted)} more are not listed by the server: there are too many names.`);
        text(this.note, notes.join(" "));
        show(this.note, notes.length > 0);
    }

    private clicked(event: MouseEvent): void {
        const node = (event.target as Element).closest("tr");
        const name = node?.dataset["key"];
        const row = name === undefined ? undefined : this.rows.get(name);
        if (row === undefined || name === undefined || this.spec.open === undefined) return;
        // Whoever marks a name to copy it does not want it opened.
        if (!(event.target as Element).closest("button") && getSelection()?.isCollapsed === false) return;
        if (row.detail === null) {
            const content = this.spec.open(name);
            const cell = h("td", { colspan: this.spec.columns.length }, content.node);
            row.detail = { row: h("tr", { class: "detail" }, cell), content };
            void content.refresh().catch(() => undefined);
        } else {
            row.detail.content.destroy();
            row.detail = null;
        }
        attribute(row.opener, "aria-expanded", String(row.detail !== null));
        this.layout();
    }
}

function compare(a: string | number, b: string | number): number {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return a < b ? -1 : a > b ? 1 : 0;
}

/** A number and its unit apart, so that the numbers of a column line up. */
export function quantity(cell: HTMLElement, value: string): void {
    const [amount = "", unit, ...rest] = value.split(UNIT_SPACE);
    if (rest.length > 0) cell.replaceChildren(value);
    else cell.replaceChildren(amount, h("span", { class: "unit" }, unit === undefined ? "" : UNIT_SPACE + unit));
}
