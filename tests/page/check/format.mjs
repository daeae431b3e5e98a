// The page's own formatting, for comparing what is shown with what was answered; and what it gives, written by hand.

import { readFile } from "node:fs/promises";
import { transform } from "esbuild";
import { assert } from "./facts.mjs";

const source = await readFile(new URL("../../../crates/tachograph-monitor/page/src/format.ts", import.meta.url), "utf8");
const { code } = await transform(source, { loader: "ts", format: "esm" });

export const format = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);

const EXPECTED = {
    count: [[null, "–"], [0, "0"], [1250, "1,250"], [Number.NaN, "–"]],
    compact: [[0, "0"], [9999, "9,999"], [10_000, "10.0 k"], [12_345, "12.3 k"], [999_499, "999 k"], [999_500, "1.00 M"], [4_560_000, "4.56 M"], [2e9, "2.00 G"]],
    duration: [
        [null, "–"], [0, "0 ms"], [0.001, "<0.01 ms"], [0.35, "0.35 ms"], [12.5, "12.5 ms"], [340, "340 ms"], [999.4, "999 ms"], [999.6, "1.00 s"], [1240, "1.24 s"],
        [59_940, "59.9 s"], [60_000, "1 min"], [125_000, "2 min 5 s"], [3_780_000, "1 h 3 min"], [-5, "-5.00 ms"],
    ],
    percent: [[null, "–"], [0, "0%"], [0.001, "<0.01%"], [0.03, "0.03%"], [0.8, "0.80%"], [4.46, "4.5%"], [66.7, "66.7%"], [100, "100%"]],
    usd: [
        [null, "–"], [0, "$0"], [0.0012, "$0.0012"], [0.00004515, "$0.000045"], [0.0000001, "<$0.000001"], [0.052, "$0.052"], [0.05, "$0.05"], [0.1234, "$0.123"], [0.5, "$0.50"],
        [0.999, "$1.00"], [12.3, "$12.30"], [1234.5, "$1,234.50"],
    ],
    rate: [[null, "–"], [0, "0"], [0.001, "<0.01"], [0.04, "0.04"], [3.2, "3.20"], [41.71, "41.7"], [1250, "1,250"]],
    megabytes: [[null, "–"], [0, "0 MB"], [80.5, "80.5 MB"], [2000, "1.95 GB"]],
    ago: [[0.4, "now"], [12.9, "12 s ago"], [180, "3 min ago"], [7300, "2 h ago"], [400_000, "4 d ago"]],
};

export async function formatting(facts) {
    for (const [name, cases] of Object.entries(EXPECTED)) {
        await facts.fact(`numbers are written as a reader expects: ${name}`, () => {
            assert.deepEqual(cases.map(([value]) => [value, format[name](value).replaceAll("\u00a0", " ")]), cases);
        });
    }
}
