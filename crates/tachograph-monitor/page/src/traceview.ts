// One trace, in a window of its own. Its address is #trace=…, so that it can be sent to somebody.

import { Refused, Unauthorized, api } from "./api";
import type { TraceDetail } from "./contract";
import { identifier } from "./copy";
import { button, h, text } from "./dom";
import { compact, count, duration, exact, usd } from "./format";
import { spanDetail } from "./spandetail";
import { token } from "./storage";
import { Waterfall } from "./waterfall";

const HASH = /^#trace=([0-9a-zA-Z]+)$/;

function fact(title: string, value: string, hint?: string): HTMLElement {
    return h("div", {}, h("dt", {}, title), h("dd", { title: hint }, value));
}

function link(label: string, address: string | undefined): HTMLElement | null {
    // An address is configured by the operator, and still nothing but the web is followed.
    if (address === undefined || !/^https?:\/\//i.test(address)) return null;
    return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

export class TraceView {
    readonly node: HTMLDialogElement;
    private readonly title = h("h2", { id: "trace-title" }, "Trace");
    private readonly content = h("div", { class: "trace-content" });
    private opener: HTMLElement | null = null;
    private id: string | null = null;
    /** What could not be opened for want of a token. */
    private waiting: string | null = null;

    constructor(private readonly unauthorized: () => void, private readonly home: () => HTMLElement) {
        this.node = h("dialog", { class: "trace", "aria-labelledby": "trace-title", id: "trace" },
            h("div", { class: "trace-head" }, this.title, button({ class: "close", "aria-label": "Close the trace" }, "Close", () => this.node.close())),
            this.content);
        this.node.addEventListener("close", () => this.closed());
        this.node.addEventListener("click", (event) => {
            if (event.target === this.node) this.node.close();
        });
        addEventListener("hashchange", () => this.follow());
    }

    /** Opens what the address names. */
    follow(): void {
        const id = HASH.exec(location.hash)?.[1] ?? null;
        if (id !== null && id !== this.id) void this.load(id);
        else if (id === null && this.node.open) this.node.close();
    }

    open(id: string, opener: HTMLElement): void {
        this.opener = opener;
        if (location.hash === `#trace=${id}`) this.follow();
        else location.hash = `trace=${id}`;
    }

    /** There is a token now. */
    resume(): void {
        const id = this.waiting;
        this.waiting = null;
        if (id === null) return;
        if (location.hash === `#trace=${id}`) this.follow();
        else location.hash = `trace=${id}`;
    }

    private closed(): void {
        // The event comes a moment after the end, and it may be open again by then.
        if (this.node.open) return;
        this.id = null;
        if (HASH.test(location.hash)) history.replaceState(null, "", location.pathname + location.search);
        this.content.replaceChildren();
        // The form that asks for the token has the focus then.
        if (this.waiting !== null) return;
        const back = this.opener?.isConnected === true ? this.opener : this.home();
        this.opener = null;
        back.focus({ preventScroll: back !== this.home() });
    }

    private async load(id: string): Promise<void> {
        this.id = id;
        text(this.title, "Trace");
        this.content.replaceChildren(h("p", { class: "note", role: "status" }, "Loading the trace …"));
        if (!this.node.open) this.node.showModal();
        const asked = token.get();
        try {
            const trace = await api.trace(id);
            if (this.id === id) this.show(trace);
        } catch (error) {
            if (this.id !== id) return;
            if (error instanceof Unauthorized) {
                // Refused for a token that has been replaced while the question was on its way.
                if (token.get() !== asked) return this.load(id);
                this.waiting = id;
                this.id = null;
                this.node.close();
                this.unauthorized();
                return;
            }
            const gone = error instanceof Refused && error.status === 404;
            this.content.replaceChildren(h("p", { class: "note", role: "alert" }, gone
                ? "This trace is not kept any more, or never was in this process. The slowest and the failed ones are kept longest."
                : `The trace could not be loaded: ${(error as Error).message}.`));
        }
    }

    private show(trace: TraceDetail): void {
        text(this.title, trace.name);
        const failed = trace.status === "error" || trace.errors > 0;
        const facts = h("dl", { class: "facts" },
            fact("duration", duration(trace.duration_ms)),
            fact("started", trace.start, exact(trace.start)),
            fact("spans", count(trace.spans.length)),
            fact("errors", count(trace.errors)),
            fact("tokens in / out", `${compact(trace.input_tokens)} / ${compact(trace.output_tokens)}`, `${count(trace.input_tokens)} in, ${count(trace.output_tokens)} out`),
            fact("cost", usd(trace.cost_usd)));
        const state = h("span", { class: "state", "data-status": failed ? "unhealthy" : "healthy" }, failed ? (trace.error_type ?? "error") : "ok");
        facts.prepend(h("div", {}, h("dt", {}, "status"), h("dd", {}, state)));
        const detail = h("div", { class: "span-side", role: "region", "aria-label": "The selected span", tabindex: "0" });
        const waterfall = new Waterfall(trace, (span) => {
            detail.replaceChildren(spanDetail(span));
            detail.scrollTop = 0;
        });
        this.content.replaceChildren(
            facts,
            h("div", { class: "trace-links" }, identifier("trace id", trace.trace_id), link("Logs of this trace", trace.links.logs), link("This trace elsewhere", trace.links.trace)),
            h("div", { class: "trace-body" }, h("div", { class: "trace-spans" },
                trace.omitted_spans > 0 && h("p", { class: "note" }, `${count(trace.omitted_spans)} more spans were not kept: the trace has too many.`),
                waterfall.node), detail));
        waterfall.choose(waterfall.first(), true);
    }
}
