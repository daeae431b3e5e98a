// Numbers and times as text. Always in English notation, so that a figure read out over the telephone is the figure in the log.

/** What stands where a number is not known. */
export const UNKNOWN = "–";

/** Between a number and its unit: it does not break, and tables split there to line the numbers up. */
export const UNIT_SPACE = "\u00a0";

const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

type Maybe = number | null | undefined;

function known(value: Maybe): value is number {
    return typeof value === "number" && Number.isFinite(value);
}

function fixed(value: number, digits: number): string {
    return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A count in full: `1,250`. */
export function count(value: Maybe): string {
    return known(value) ? plain.format(value) : UNKNOWN;
}

/** A count that must be short: in full below 10,000, then `12.3 k`, `4.56 M`. */
export function compact(value: Maybe): string {
    if (!known(value)) return UNKNOWN;
    if (Math.abs(value) < 9_999.5) return plain.format(value);
    for (const [limit, size, unit] of [[999_500, 1e3, "k"], [999_500_000, 1e6, "M"], [Infinity, 1e9, "G"]] as const) {
        if (Math.abs(value) < limit) return short(value / size) + UNIT_SPACE + unit;
    }
    return UNKNOWN;
}

/** Three figures: `1.23`, `12.3`, `123`. */
function short(value: number): string {
    const size = Math.abs(value);
    return fixed(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** Milliseconds: `0.35 ms`, `12.5 ms`, `340 ms`, `1.24 s`, `2 min 5 s`, `1 h 3 min`. */
export function duration(milliseconds: Maybe): string {
    if (!known(milliseconds)) return UNKNOWN;
    const ms = UNIT_SPACE + "ms";
    // Clocks of two machines differ: something may have begun before its trace.
    if (milliseconds < 0) return "-" + duration(-milliseconds);
    if (milliseconds === 0) return "0" + ms;
    if (milliseconds < 0.005) return "<0.01" + ms;
    if (milliseconds < 999.5) return short(milliseconds) + ms;
    const seconds = milliseconds / 1000;
    if (seconds < 59.95) return short(seconds) + UNIT_SPACE + "s";
    return span(Math.round(seconds));
}

/** Whole seconds in two units: `5 s`, `2 min 5 s`, `1 h 3 min`, `4 d 7 h`. */
export function span(seconds: number): string {
    const units: [number, string][] = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const first = units.findIndex(([size]) => seconds >= size);
    if (first < 0) return "0" + UNIT_SPACE + "s";
    const parts = [];
    let rest = seconds;
    for (const [size, unit] of units.slice(first, first + 2)) {
        const whole = Math.floor(rest / size);
        rest -= whole * size;
        if (whole > 0) parts.push(whole + UNIT_SPACE + unit);
    }
    return parts.join(UNIT_SPACE);
}

/** A share from 0 to 100: `0%`, `0.03%`, `4.5%`, `100%`. */
export function percent(value: Maybe): string {
    if (!known(value)) return UNKNOWN;
    if (value === 0 || value === 100) return value + "%";
    if (value < 0.005) return "<0.01%";
    return fixed(value, value < 0.995 ? 2 : 1) + "%";
}

/** US dollars; of small sums what can be read: `$0`, `$0.0012`, `$0.052`, `$12.30`. */
export function usd(value: Maybe): string {
    if (!known(value)) return UNKNOWN;
    if (value === 0) return "$0";
    const sign = value < 0 ? "-" : "";
    const size = Math.abs(value);
    if (size < 0.000_000_5) return sign + "<$0.000001";
    if (size >= 0.995) return sign + "$" + fixed(size, 2);
    // Two figures that count, but never fewer than cents.
    const digits = Math.max(2, 1 - Math.floor(Math.log10(size)));
    return sign + "$" + size.toFixed(Math.min(6, size < 0.1 ? digits : 3)).replace(/(\.\d\d\d*?)0+$/, "$1");
}

/** Per second or per minute: `0`, `0.04`, `3.20`, `41.7`, `1,250`. */
export function rate(value: Maybe): string {
    if (!known(value)) return UNKNOWN;
    if (value === 0) return "0";
    if (value < 0.005) return "<0.01";
    return short(value);
}

/** Megabytes: `80.5 MB`, `1.95 GB`. */
export function megabytes(value: Maybe): string {
    if (!known(value)) return UNKNOWN;
    if (value === 0) return `0${UNIT_SPACE}MB`;
    if (value < 1023.5) return short(value) + UNIT_SPACE + "MB";
    return short(value / 1024) + UNIT_SPACE + "GB";
}

/** How long ago: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `4 d ago`. */
export function ago(seconds: number): string {
    if (seconds < 1) return "now";
    for (const [limit, size, unit] of [[60, 1, "s"], [3600, 60, "min"], [86_400, 3600, "h"], [Infinity, 86_400, "d"]] as const) {
        if (seconds < limit) return Math.floor(seconds / size) + UNIT_SPACE + unit + " ago";
    }
    return UNKNOWN;
}

function two(value: number): string {
    return String(value).padStart(2, "0");
}

/** Time of day where the reader is: `14:03:09`. */
export function clock(date: Date): string {
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Hours and minutes where the reader is: `14:03`. */
export function minutes(date: Date): string {
    return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The exact moment, as logs have it and where the reader is. */
export function exact(text: string | null): string {
    if (text === null) return "never";
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) return text;
    return `${text} (${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(date)} here)`;
}
