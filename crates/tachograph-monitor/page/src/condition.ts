// What is wrong, and what was checked.

import type { Check, HealthReport } from "./contract";
import { arrange, attribute, h, show, text } from "./dom";
import { count, duration } from "./format";
import { quantity } from "./table";

export class Condition {
    readonly node: HTMLElement;
    private readonly issues = h("ul", { class: "issues" });
    private readonly issueBox: HTMLElement;
    private readonly checkBox: HTMLElement;
    private readonly checks = h("tbody");
    private readonly tally = h("span", { class: "tally" });
    private readonly rows = new Map<string, HTMLTableRowElement>();
    private shown = "";

    constructor() {
        this.issueBox = h("section", { class: "issue-box", "aria-labelledby": "issues-title", hidden: true, id: "issues" },
            h("h2", { id: "issues-title" }, "Issues"), this.issues);
        this.checkBox = h("section", { "aria-labelledby": "checks-title", class: "table-section", hidden: true, id: "checks" },
            h("div", { class: "section-head" }, h("h2", { id: "checks-title" }, "Health checks"), this.tally),
            h("div", { class: "scroller", tabindex: "0", role: "region", "aria-labelledby": "checks-title" },
                h("table", {},
                    h("thead", {}, h("tr", {}, ...["Check", "Status", "Message", "Response", "Critical"].map((title) =>
                        h("th", { scope: "col", class: title === "Response" ? "number" : "name" }, title)))),
                    this.checks)));
        this.node = h("div", { class: "condition" }, this.issueBox, this.checkBox);
    }

    /** Nobody knows how it is now; what stands there is from before. */
    setUnknown(): void {
        this.node.classList.add("before");
        if (this.rows.size > 0) text(this.tally, "as of the last answer");
    }

    update(health: HealthReport): void {
        this.node.classList.remove("before");
        show(this.issueBox, health.issues.length > 0);
        attribute(this.issueBox, "data-status", health.status);
        const all = JSON.stringify(health.issues);
        if (all !== this.shown) {
            this.shown = all;
            this.issues.replaceChildren(...health.issues.map((issue) => h("li", {}, issue)));
        }
        // The worst come first: on a small screen they are all that is seen.
        const weight = { unhealthy: 0, degraded: 1, healthy: 2 };
        const checks = Object.entries(health.checks).sort(([a, left], [b, right]) =>
            (weight[left.status] ?? 0) - (weight[right.status] ?? 0) || (a < b ? -1 : 1));
        for (const name of this.rows.keys()) if (!Object.hasOwn(health.checks, name)) this.rows.delete(name);
        arrange(this.checks, checks.map(([name, check]) => this.row(name, check)));
        show(this.checkBox, checks.length > 0);
        const bad = checks.filter(([, check]) => check.status !== "healthy").length;
        text(this.tally, bad === 0 ? `${count(checks.length)} healthy` : `${count(bad)} of ${count(checks.length)} not healthy`);
    }

    private row(name: string, check: Check): HTMLTableRowElement {
        let row = this.rows.get(name);
        if (row === undefined) {
            row = h("tr", {}, h("th", { scope: "row", class: "name" }, h("span", { class: "label", title: name }, name)),
                h("td", { class: "name" }, h("span", { class: "state" })), h("td", { class: "name message" }), h("td", { class: "number" }), h("td", { class: "name" }));
            this.rows.set(name, row);
        }
        const [, status, message, time, critical] = [...row.cells] as HTMLTableCellElement[];
        const state = status?.firstElementChild;
        if (state && time && critical && message) {
            text(state, check.status);
            attribute(state, "data-status", check.status);
            if (time.textContent !== duration(check.response_time_ms)) quantity(time, duration(check.response_time_ms));
            text(critical, check.critical ? "critical" : "–");
            text(message, check.message);
        }
        return row;
    }
}
