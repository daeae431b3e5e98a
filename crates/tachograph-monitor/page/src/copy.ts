// An identifier with a button that copies it.

import { button, h, text } from "./dom";

function fallback(value: string, near: HTMLElement): boolean {
    // The clipboard is there for secure origins only, and monitoring is often asked over plain HTTP.
    const area = h("textarea", { class: "sr", "aria-hidden": "true", tabindex: "-1" });
    area.value = value;
    near.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
}

export function identifier(label: string, value: string): HTMLElement {
    const state = h("span", { class: "sr", role: "status" });
    const copy = button({ class: "copy", "aria-label": `Copy the ${label}` }, "Copy", () => {
        const tell = (done: boolean): void => {
            text(copy, done ? "Copied" : "Not copied");
            text(state, copy.textContent ?? "");
            copy.focus();
            setTimeout(() => text(copy, "Copy"), 1500);
        };
        if (navigator.clipboard === undefined) tell(fallback(value, node));
        else navigator.clipboard.writeText(value).then(() => tell(true), () => tell(fallback(value, node)));
    });
    const node = h("span", { class: "identifier" }, h("span", { class: "identifier-name" }, label), h("code", {}, value), copy, state);
    return node;
}
