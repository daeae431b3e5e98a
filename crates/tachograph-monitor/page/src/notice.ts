// What stands above everything: the last update failed, there is nothing yet, a token is asked for.

import { button, h, show, text } from "./dom";
import { ago } from "./format";
import { token } from "./storage";

/** The last update failed: why, and how old the figures are. */
export class Failure {
    readonly node: HTMLElement;
    private readonly reason = h("span", { role: "alert" });
    private readonly age = h("span", { class: "age" });

    constructor(retry: () => void) {
        this.node = h("div", { class: "notice failure", id: "failure", hidden: true }, h("p", {}, this.reason, " ", this.age), button({}, "Try now", retry));
    }

    update(reasons: string[], updated: number | null): void {
        show(this.node, reasons.length > 0);
        if (reasons.length === 0) return text(this.reason, "");
        text(this.reason, `The last update failed: ${reasons.join("; ")}.`);
        text(this.age, updated === null ? "There are no figures yet." : `The figures below are from ${ago((Date.now() - updated) / 1000)}.`);
    }
}

/** Nothing was recorded yet. */
export class Empty {
    readonly node = h("div", { class: "notice empty", id: "empty", hidden: true },
        h("h2", {}, "Nothing recorded yet"),
        h("p", {}, "The application runs, and no request or operation has come to an end so far. Send it one; it is here within ten seconds:"),
        h("pre", {}, h("code", {}, `curl ${new URL("/", location.href).href}…`)),
        h("p", {}, "Requests appear once the layer is on the router, agents, models and tools once their functions carry their attributes."));
}

/** Asks for the bearer token. */
export class TokenForm {
    readonly node: HTMLFormElement;
    private readonly input = h("input", { type: "password", id: "token", autocomplete: "off", required: true, spellcheck: "false" });
    private readonly message = h("p", { role: "alert" });

    constructor(given: () => void) {
        this.node = h("form", { class: "notice token", id: "token-form", hidden: true },
            h("label", { for: "token" }, "This server asks for its monitoring token"),
            h("div", { class: "row" }, this.input, h("button", { type: "submit" }, "Open")),
            this.message,
            h("p", { class: "note" }, "It is kept until this tab is closed, and sent to this server only."));
        this.node.addEventListener("submit", (event) => {
            event.preventDefault();
            token.set(this.input.value.trim());
            this.input.value = "";
            show(this.node, false);
            given();
        });
    }

    ask(): void {
        if (!this.node.hidden) {
            // It was asked for before, below a dialog that had the focus then and is closed now.
            if (document.activeElement === null || document.activeElement === document.body) this.input.focus();
            return;
        }
        text(this.message, token.get() === null ? "" : "The server did not accept the token.");
        show(this.node, true);
        this.input.focus();
    }
}
