// Opens the monitoring page in a browser, uses all of it, and compares what it shows with what the API answers.
//
//     node run.mjs --url http://127.0.0.1:8000/monitoring/ --out DIR [--token T] [--expect-hostile]    a running application
//     node run.mjs --mock --out DIR [--part logic|walk|pictures|data|trouble|clocks]                    the mock, and all states of it
//
// TACHOGRAPH_CHROMIUM names the browser; /usr/bin/chromium otherwise. One line for each fact; the exit status is 1 if one does not hold.

import { parseArgs } from "node:util";
import { startBrowser } from "./check/browser.mjs";
import { clocks } from "./check/clocks.mjs";
import { data } from "./check/data.mjs";
import { Facts } from "./check/facts.mjs";
import { formatting } from "./check/format.mjs";
import { logic } from "./check/logic.mjs";
import { pictures } from "./check/shots.mjs";
import { trouble } from "./check/trouble.mjs";
import { walk } from "./check/walk.mjs";
import { startMock } from "./mock.mjs";

const { values: options } = parseArgs({
    options: { url: { type: "string" }, out: { type: "string" }, token: { type: "string" }, "expect-hostile": { type: "boolean" }, mock: { type: "boolean" }, part: { type: "string" } },
});
if (options.out === undefined || (options.url === undefined) === (options.mock !== true)) {
    console.error("Usage: node run.mjs (--url URL [--token T] [--expect-hostile] | --mock [--part PART]) --out DIR");
    process.exit(2);
}

const facts = new Facts();
// What was waited for beside a step that failed before it came.
process.on("unhandledRejection", (error) => facts.fact("nothing was waited for in vain", () => Promise.reject(error)));
const browser = await startBrowser();
try {
    if (options.mock) {
        const mock = await startMock();
        const parts = {
            logic: async () => {
                await formatting(facts);
                await logic(facts);
            },
            walk: () => walk(facts, browser, { url: mock.url }),
            pictures: () => pictures(facts, browser, { url: mock.url, out: options.out, name: "mock" }),
            data: () => data(facts, browser, options.out),
            trouble: () => trouble(facts, browser, options.out),
            clocks: () => clocks(facts, browser),
        };
        for (const [name, check] of Object.entries(parts)) if ((options.part ?? name) === name) await check();
        await mock.stop();
    } else {
        const server = { url: options.url, token: options.token ?? null };
        await walk(facts, browser, { ...server, expectHostile: options["expect-hostile"] === true });
        await pictures(facts, browser, { ...server, out: options.out });
    }
} catch (error) {
    await facts.fact("the page is opened and walked to its end", () => Promise.reject(error));
} finally {
    await browser.close();
}
process.exitCode = facts.end() ? 0 : 1;
