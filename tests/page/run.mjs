// Opens the monitoring page in a browser, uses all of it, and compares what it shows with what the API answers.
//
//     node run.mjs --url http://127.0.0.1:8000/monitoring/ --out DIR [--token T] [--expect-hostile]    a running application
//     node run.mjs --mock --out DIR                                                                    the mock, and all states of it
//
// TACHOGRAPH_CHROMIUM names the browser; /usr/bin/chromium otherwise. One line for each fact; the exit status is 1 if one does not hold.

import { parseArgs } from "node:util";
import { startBrowser } from "./check/browser.mjs";
import { Facts } from "./check/facts.mjs";
import { formatting } from "./check/format.mjs";
import { logic } from "./check/logic.mjs";
import { pictures } from "./check/shots.mjs";
import { states } from "./check/states.mjs";
import { walk } from "./check/walk.mjs";
import { startMock } from "./mock.mjs";

const { values: options } = parseArgs({
    options: { url: { type: "string" }, out: { type: "string" }, token: { type: "string" }, "expect-hostile": { type: "boolean" }, mock: { type: "boolean" } },
});
if (options.out === undefined || (options.url === undefined) === (options.mock !== true)) {
    console.error("Usage: node run.mjs (--url URL [--token T] [--expect-hostile] | --mock) --out DIR");
    process.exit(2);
}

const facts = new Facts();
const browser = await startBrowser();
try {
    if (options.mock) {
        await formatting(facts);
        await logic(facts);
        const mock = await startMock();
        await walk(facts, browser, { url: mock.url });
        await pictures(facts, browser, { url: mock.url, out: options.out, name: "mock" });
        await mock.stop();
        await states(facts, browser, options.out);
    } else {
        const server = { url: options.url, token: options.token ?? null };
        await walk(facts, browser, { ...server, expectHostile: options["expect-hostile"] === true });
        await pictures(facts, browser, { ...server, out: options.out });
    }
} finally {
    await browser.close();
}
process.exitCode = facts.end() ? 0 : 1;
