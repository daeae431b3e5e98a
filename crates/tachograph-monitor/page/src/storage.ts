// What the browser keeps. It may refuse (private windows, policies); then the page forgets, and that is all.

function attempt<T>(what: () => T, otherwise: T): T {
    try {
        return what();
    } catch {
        return otherwise;
    }
}

const PREFIX = "tachograph.";

/** Kept over visits: how the page looks. */
export const preferences = {
    get: (key: string): string | null => attempt(() => localStorage.getItem(PREFIX + key), null),
    set: (key: string, value: string): void => attempt(() => localStorage.setItem(PREFIX + key, value), undefined),
};

/** Kept until the tab is closed, and nowhere else: the bearer token. */
export const token = {
    get: (): string | null => attempt(() => sessionStorage.getItem(PREFIX + "token"), held),
    set: (value: string): void => {
        held = value;
        attempt(() => sessionStorage.setItem(PREFIX + "token", value), undefined);
    },
};

let held: string | null = null;
