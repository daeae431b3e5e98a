// Who this is, how it is, since when, and how old all of it is.

import type { Health, HealthReport, Info } from "./contract";
import { arrange, attribute, h, show, text } from "./dom";
import { ago, clock } from "./format";
import { rangeButtons } from "./range";
import { themeButton } from "./theme";

type Shown = Health | "loading" | "unknown";

export class Header {
    readonly node: HTMLElement;
    private readonly name = h("h1", {}, "Monitoring");
    private readonly version = h("span", { class: "version" });
    private readonly environment = h("span", { class: "environment" });
    private readonly badge = h("strong", { class: "badge", role: "status", "data-status": "loading" }, "loading");
    private readonly uptime = h("span", { class: "uptime" });
    private readonly updated = h("span", { class: "updated" });
    private readonly links = h("nav", { "aria-label": "Parts of the page" });
    private last: Shown = "loading";

    constructor(rangeChanged: () => void) {
        this.node = h(
            "header",
            { class: "top" },
            h("div", { class: "top-bar" },
                h("div", { class: "who" }, this.name, this.version, this.environment),
                this.badge,
                h("div", { class: "when" }, this.uptime, this.updated),
                h("div", { class: "tools" }, rangeButtons(rangeChanged), themeButton())),
            this.links,
        );
    }

    setInfo({ app }: Info): void {
        text(this.name, app.name);
        text(this.version, app.version);
        text(this.environment, app.environment ?? "");
        show(this.environment, app.environment !== null);
        this.title();
    }

    setHealth(health: HealthReport): void {
        this.status(health.status);
        text(this.uptime, `up ${health.uptime}`);
    }

    /** Nobody knows how it is now: what it was is no news. */
    setUnknown(): void {
        this.status("unknown");
    }

    private status(status: Shown): void {
        this.last = status;
        text(this.badge, status);
        attribute(this.badge, "data-status", status);
        this.title();
    }

    private title(): void {
        const title = `${this.last === "loading" ? "" : `${this.last} – `}${this.name.textContent ?? ""}`;
        if (document.title !== title) document.title = title;
    }

    /** Called every second. */
    setAge(updated: number | null, stale: boolean): void {
        if (updated === null) return;
        text(this.updated, `updated ${clock(new Date(updated))}, ${ago(Math.max(0, (Date.now() - updated) / 1000))}`);
        this.updated.classList.toggle("bad", stale);
    }

    setAnchors(anchors: [string, string][]): void {
        const have = new Map([...this.links.children].map((link) => [link.getAttribute("href"), link]));
        arrange(this.links, anchors.map(([id, title]) => have.get(`#${id}`) ?? h("a", { href: `#${id}` }, title)));
    }
}
