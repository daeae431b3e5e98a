// Light, dark, or what the system says.

import { button, text } from "./dom";
import { preferences } from "./storage";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const listeners = new Set<() => void>();
const colours = new Map<string, string>();
let current: Theme = THEMES.find((theme) => theme === preferences.get("theme")) ?? "auto";

function apply(): void {
    if (current === "auto") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.dataset["theme"] = current;
    colours.clear();
    for (const listener of listeners) listener();
}

/** Before anything is painted. */
export function startTheme(): void {
    apply();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

/** Calls back whenever colours changed: a canvas does not notice by itself. */
export function onTheme(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

/** The colour that a custom property stands for at the moment, for canvases. */
export function colour(property: string): string {
    const kept = colours.get(property);
    if (kept !== undefined) return kept;
    const probe = document.createElement("span");
    probe.style.color = `var(${property})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    colours.set(property, value);
    return value;
}

export function themeButton(): HTMLButtonElement {
    const node = button({ class: "theme", id: "theme", title: "Change the theme: as the system, light, dark" }, "", () => {
        current = THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? "auto";
        preferences.set("theme", current);
        apply();
        label();
    });
    const label = (): void => text(node, `Theme: ${current}`);
    label();
    return node;
}
