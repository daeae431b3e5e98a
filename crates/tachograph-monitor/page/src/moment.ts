// What time it is where the server is: the reader's clock may be wrong, and ages must not be.

let ahead = 0;

/** The server said what time it is, in Unix seconds. */
export function setServerTime(seconds: number): void {
    ahead = seconds * 1000 - Date.now();
}

/** Milliseconds of the server's clock. */
export function serverNow(): number {
    return Date.now() + ahead;
}

/** Seconds since a moment in RFC 3339; `null` where there is none. */
export function secondsSince(moment: string | null): number | null {
    if (moment === null) return null;
    const at = Date.parse(moment);
    return Number.isNaN(at) ? null : Math.max(0, (serverNow() - at) / 1000);
}
