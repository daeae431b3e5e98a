// States that a healthy application does not show, against the mock.

import { join } from "node:path";
import { startMock } from "../mock.mjs";
import { HOSTILE } from "../mock/world.mjs";
import { makeApi } from "./api.mjs";
import { accessible } from "./axe.mjs";
import { loaded, openPage, refreshed } from "./browser.mjs";
import { assert, eventually } from "./facts.mjs";
import { figuresAgree, tablesAgree } from "./numbers.mjs";
import { walkTraces } from "./trace.mjs";

export async function states(facts, browser, out) {
    for (const check of [inPlace, hostile, large, locked, failing, clock, elsewhere, empty, sick]) await check(facts.fact.bind(facts), browser, out);
}

async function withMock(options, browser, use, open = {}) {
    const mock = await startMock(options);
    const opened = await openPage(browser, mock.url, open);
    try {
        await use(mock, opened);
    } finally {
        await opened.close();
        await mock.stop();
    }
}

/** An update changes figures and nothing that the reader did. */
async function inPlace(fact, browser) {
    await withMock({}, browser, async (mock, { page, noFaults }) => {
        await fact("an update keeps scroll, focus, sort, filter, what is open, and the rows themselves", async () => {
            await loaded(page);
            const section = page.locator("#endpoints");
            await section.locator('[data-sort="p95"]').click();
            await section.locator("tbody tr[data-key] button").first().click();
            await section.locator(".row-history canvas").first().waitFor();
            const filter = section.locator('input[type="search"]');
            await filter.fill("api/c");
            await section.scrollIntoViewIfNeeded();
            await page.evaluate(() => {
                scrollBy(0, 37);
                for (const node of document.querySelectorAll("tbody tr, .u-wrap, .figure")) node.marked = true;
            });
            const state = () => page.evaluate(() => ({
                scroll: scrollY, focus: document.activeElement.getAttribute("aria-label"), sort: document.querySelector("#endpoints th[aria-sort]").textContent,
                filter: document.querySelector("#endpoints input").value, open: document.querySelectorAll("#endpoints .row-history").length,
                rows: [...document.querySelectorAll("#endpoints tr[data-key]")].map((row) => row.dataset.key),
                made: [...document.querySelectorAll("tbody tr, .u-wrap, .figure")].filter((node) => node.marked !== true).length,
            }));
            const before = await state();
            assert.equal(before.focus, "Filter endpoints by name");
            assert.ok(before.scroll > 0 && before.open === 1 && before.rows.length === 4, JSON.stringify(before));
            const shown = () => page.locator(".tables").textContent();
            const text = await shown();
            await refreshed(page);
            await refreshed(page);
            await eventually(async () => assert.notEqual(await shown(), text));
            assert.deepEqual(await state(), before);
        });
        await fact("an update leaves the focus on a row that it moves", async () => {
            const name = "POST /api/feedback";
            await page.locator('#endpoints input[type="search"]').fill("");
            await page.locator('#endpoints [data-sort="name"]').click();
            const row = page.locator(`#endpoints tr[data-key="${name}"] button`);
            await row.focus();
            // The keyboard is at the row; the order changes under it.
            await page.evaluate(() => document.querySelector('#endpoints [data-sort="name"]').click());
            assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
        });
        await fact("nothing went wrong during the updates", () => noFaults());
    });
}

async function hostile(fact, browser, out) {
    await withMock({ mode: "hostile" }, browser, async (mock, opened) => {
        const { page, noFaults } = opened;
        const api = makeApi(mock.url, null);
        await fact("hostile names are text: in tables, issues, the head, the title", async () => {
            await loaded(page);
            const labels = await page.locator(".tables tbody .label").allTextContents();
            for (const name of [HOSTILE.endpoint, HOSTILE.model, HOSTILE.agent, HOSTILE.tool, "constructor", "GET __proto__"]) assert.ok(labels.includes(name), `${name} is not shown`);
            assert.equal(await page.locator("h1").textContent(), "agent_<i>service</i>");
            assert.ok((await page.title()).includes("agent_<i>service</i>"));
            assert.ok((await page.locator("#issues li").allTextContents()).some((text) => text.includes('<script>alert("issue")</script>')));
            assert.equal(await page.locator("body script, body img, h1 i, main b b").count(), 0);
        });
        await fact("hostile names: each cell is the one that the API answers", () => tablesAgree(page, api));
        for (const [id, parameter, name] of [["endpoints", "endpoint", HOSTILE.endpoint], ["models", "model", HOSTILE.model], ["agents", "agent", HOSTILE.agent], ["tools", "tool", HOSTILE.tool]]) {
            await fact(`the history of a hostile name is asked for by exactly that name: ${parameter}`, async () => {
                const asked = page.waitForResponse((response) => new URL(response.url()).searchParams.get(parameter) === name);
                await page.locator(`#${id} tbody button`, { hasText: name }).click();
                assert.equal((await asked).status(), 200);
            });
        }
        await fact("a hostile trace: markup is text, a lost parent and a circle stand at the root, a script is no link", async () => {
            await page.locator("#traces tbody button").first().click();
            await page.locator("dialog[open] .span-row").first().waitFor();
            const roots = await page.locator('.span-row[aria-level="1"] .label').allTextContents();
            assert.deepEqual(roots, ['POST /<b>"chat"</b>', "lost: its parent is not kept", "circle a"]);
            assert.equal(await page.locator('.span-row:has-text("parent missing")').count(), 2);
            assert.equal(await page.locator('.span-row[aria-level="2"]', { hasText: "circle b" }).count(), 1);
            assert.ok((await page.locator(".span-side").textContent()).includes('<script>alert("key")</script>'));
            assert.deepEqual(await page.locator(".trace-links a").allTextContents(), ["Logs of this trace"]);
            await page.screenshot({ path: join(out, "hostile-trace.png") });
            await page.keyboard.press("Escape");
        });
        await fact("hostile data: no script ran, nothing was fetched, nothing was blocked", () => noFaults());
        await page.screenshot({ path: join(out, "hostile.png"), fullPage: true });
    });
}

async function large(fact, browser, out) {
    await withMock({ mode: "large" }, browser, async (mock, { page, noFaults }) => {
        const api = makeApi(mock.url, null);
        const section = page.locator("#endpoints");
        const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
        await fact("500 endpoints: 50 rows are in the document, and it stays small", async () => {
            await loaded(page);
            assert.equal(await section.locator("tbody tr").count(), 50);
            assert.equal(await section.locator(".tally").textContent(), "500");
            assert.match(await section.locator(".section-foot").textContent(), /17 more are not listed/);
            assert.ok((await nodes()) < 4000, `${await nodes()} elements`);
        });
        await fact("500 endpoints: the figures and the rows are those of the API", async () => {
            await figuresAgree(page, api, 15, 10);
            await tablesAgree(page, api);
        });
        await fact("500 endpoints: all are shown on demand, sorted as one, and hidden again", async () => {
            await section.locator("button.more").click();
            assert.equal(await section.locator("tbody tr").count(), 500);
            await section.locator('[data-sort="name"]').click();
            const names = await section.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key));
            assert.deepEqual(names, [...names].sort());
            await section.locator("button.more").click();
            assert.equal(await section.locator("tbody tr").count(), 50);
        });
        await fact("500 endpoints: the filter finds one of those that are not shown", async () => {
            await section.locator("input").fill("resource-321/");
            const shown = await section.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key));
            assert.deepEqual(shown, ["GET /api/v0/resource-321/{id}/items"]);
            assert.equal(await section.locator(".tally").textContent(), "1 of 500");
            await section.locator("input").fill("");
        });
        await fact("10,000 traces seen: 50 are listed, and the numbers stand beside", async () => {
            assert.equal(await page.locator("#traces tbody tr").count(), 50);
            assert.equal(await page.locator("#traces .tally").textContent(), "10,000 seen · 90 kept");
        });
        await walkTraces((name, check) => fact(`500 spans: ${name}`, check), page, api);
        await fact("500 spans: the omitted ones are told, and the document stays small", async () => {
            await page.locator("#tab-latest").click();
            await eventually(async () => assert.equal(await page.locator("#traces tbody tr").count(), 50));
            const first = (await api("traces?kind=latest&limit=50")).data.traces[0];
            await page.locator(`#traces tr[data-key="${first.trace_id}"] button`).click();
            await page.locator("dialog[open] .span-row").first().waitFor();
            assert.equal(await page.locator(".span-row").count(), 500);
            assert.match(await page.locator(".trace-spans > .note").textContent(), /^212 more spans were not kept/);
            assert.ok((await nodes()) < 10_000, `${await nodes()} elements`);
            await page.screenshot({ path: join(out, "large-trace.png") });
            await page.keyboard.press("Escape");
        });
        await fact("large data: nothing went wrong", () => noFaults());
    });
}

async function locked(fact, browser, out) {
    const unauthorized = (response) => response.status() === 401;
    await withMock({ token: "s3cret" }, browser, async (mock, { page, noFaults }) => {
        await fact("a server with a token: the page asks for it, and for nothing more until it has one", async () => {
            await page.locator("#token-form").waitFor();
            assert.equal(await page.evaluate(() => document.activeElement.id), "token");
            assert.equal(await page.locator("#figures").count(), 0);
            assert.equal(await page.locator(".badge").textContent(), "unknown");
            await page.screenshot({ path: join(out, "token.png") });
        });
        await fact("a wrong token is refused in words", async () => {
            await page.locator("#token").fill("wrong");
            await page.keyboard.press("Enter");
            await eventually(async () => assert.equal(await page.locator("#token-form [role=alert]").textContent(), "The server did not accept the token."));
        });
        await fact("with the token the figures appear; it is kept for the tab only", async () => {
            await page.locator("#token").fill("s3cret");
            await page.locator("#token-form button").click();
            await loaded(page);
            assert.equal(await page.locator("#token-form").isVisible(), false);
            assert.equal(await page.evaluate(() => sessionStorage.getItem("tachograph.token")), "s3cret");
            assert.equal(await page.evaluate(() => JSON.stringify(Object.values(localStorage)).includes("s3cret")), false);
            assert.ok(!page.url().includes("s3cret"));
            await page.reload();
            await loaded(page);
        });
        await fact("the address of a trace opens it as soon as there is a token", async () => {
            const { data } = await makeApi(mock.url, "s3cret")("traces?kind=latest&limit=1");
            await page.evaluate(() => sessionStorage.clear());
            await page.evaluate((id) => { location.hash = `trace=${id}`; }, data.traces[0].trace_id);
            await page.reload();
            await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.id), "token"));
            await page.locator("dialog[open]").waitFor({ state: "detached" });
            await page.locator("#token").fill("s3cret");
            await page.keyboard.press("Enter");
            await page.locator("dialog[open] .span-row").first().waitFor();
            await page.keyboard.press("Escape");
        });
        await fact("a server with a token: nothing else went wrong", () => noFaults());
    }, { tolerated: unauthorized });
    await withMock({ token: "s3cret" }, browser, async (mock, { page }) => {
        await fact("the form of the token: nothing serious in accessibility", async () => {
            await page.locator("#token-form").waitFor();
            await accessible(page);
        });
    }, { tolerated: unauthorized, bypassCSP: true, theme: "dark" });
}

async function failing(fact, browser, out) {
    await withMock({}, browser, async (mock, { page, noFaults }) => {
        await fact("a failed update is told, with its reason and the age of the figures, which stay", async () => {
            await loaded(page);
            mock.state.failing = true;
            await page.locator("#failure").waitFor({ timeout: 15_000 });
            assert.match(await page.locator("#failure").textContent(), /The last update failed: the mock was told to fail\. The figures below are from .*(now|ago)/);
            assert.equal(await page.locator(".badge").textContent(), "unknown");
            assert.equal(await page.locator("#checks .tally").textContent(), "as of the last answer");
            assert.equal(await page.locator(".figure").count(), 10);
            await page.screenshot({ path: join(out, "failing.png") });
            await accessible(page);
        });
        await fact("when it is well again, the page is too, at once with \"Try now\"", async () => {
            mock.state.failing = false;
            await page.locator("#failure button").click();
            await page.locator("#failure").waitFor({ state: "hidden" });
            assert.equal(await page.locator(".badge").textContent(), "healthy");
            assert.equal(await page.locator("#checks .tally").textContent(), "3 healthy");
        });
        await fact("stats that cannot be made are told with the server's reason; the rest goes on", async () => {
            mock.state.noStats = true;
            await page.locator("#failure").waitFor({ timeout: 15_000 });
            assert.match(await page.locator("#failure").textContent(), /the figures: the metrics cannot be collected: the collection before this one hangs/);
            assert.equal(await page.locator(".badge").textContent(), "healthy");
            mock.state.noStats = false;
            await page.locator("#failure").waitFor({ state: "hidden", timeout: 15_000 });
        });
        await fact("the failures above are all that went wrong", () => noFaults());
    }, { tolerated: (response) => response.status() >= 500, bypassCSP: true });
    const mock = await startMock();
    mock.state.failing = true;
    const { page, close } = await openPage(browser, mock.url, { tolerated: () => true });
    await fact("a page that never got figures says so", async () => {
        await page.locator("#failure").waitFor();
        assert.match(await page.locator("#failure").textContent(), /There are no figures yet\./);
    });
    await mock.stop();
    await fact("a server that is gone is told", async () => {
        await page.locator("#failure button").click();
        await eventually(async () => assert.match(await page.locator("#failure").textContent(), /the server cannot be reached/));
    });
    await close();
}

/** With a clock of the test's own, so that nobody has to wait. */
async function clock(fact, browser) {
    const prepare = async (page) => {
        await page.clock.install();
        await page.addInitScript(() => Object.defineProperty(document, "hidden", { get: () => window.asHidden === true }));
    };
    await withMock({}, browser, async (mock, { page }) => {
        const turn = (hidden) => page.evaluate((value) => {
            window.asHidden = value;
            document.dispatchEvent(new Event("visibilitychange"));
        }, hidden);
        const settled = async () => {
            for (let before = -1; before !== mock.state.asked; ) {
                before = mock.state.asked;
                await page.evaluate(() => fetch("health").then((response) => response.text()));
                before += 1;
            }
        };
        await fact("a page that nobody sees asks for nothing, and asks at once when it is seen again", async () => {
            await loaded(page);
            await settled();
            await turn(true);
            const before = mock.state.asked;
            await page.clock.fastForward(120_000);
            await page.clock.runFor(20_000);
            await settled();
            assert.equal(mock.state.asked - before, 1, "only the test itself asked");
            await turn(false);
            await eventually(() => assert.ok(mock.state.asked - before >= 4));
        });
        await fact("a day's history, which is long, is asked for once a minute and no more", async () => {
            const asked = [];
            page.on("request", (request) => request.url().includes("stats/history") && asked.push(request.url()));
            await page.locator('#range [data-minutes="1440"]').click();
            await eventually(() => assert.equal(asked.length, 1));
            for (let tick = 0; tick < 8; tick += 1) {
                const answer = refreshed(page);
                await page.clock.runFor(5_100);
                await answer;
                await settled();
            }
            assert.equal(asked.length, 1);
            await page.clock.fastForward(30_000);
            await eventually(() => assert.equal(asked.length, 2));
        });
        await fact("figures that are not brought up to date say how old they are", async () => {
            await eventually(async () => assert.match(await page.locator(".updated").textContent(), /now|\d\ss ago/));
            mock.state.failing = true;
            await page.clock.runFor(6_000);
            await page.locator("#failure").waitFor();
            await page.clock.fastForward(190_000);
            await page.clock.runFor(1_100);
            await eventually(async () => {
                assert.match(await page.locator("#failure .age").textContent(), /from 3\smin ago/);
                assert.match(await page.locator(".updated").textContent(), /3\smin ago/);
            });
        });
    }, { prepare, tolerated: (response) => response.status() === 500 });
}

/** Two things that depend on where the reader sits. */
async function elsewhere(fact, browser) {
    await withMock({}, browser, async (mock, { page }) => {
        await fact("a reader whose clock is two hours ahead sees the right ages", async () => {
            await loaded(page);
            const ages = await page.locator("#endpoints tbody tr[data-key]").evaluateAll((rows) => rows.map((row) => [row.dataset.key, row.cells[row.cells.length - 1].textContent]));
            assert.match(Object.fromEntries(ages)["POST /api/chat"], /^(now|\d+\ss ago)$/);
        });
    }, { prepare: (page) => page.clock.install({ time: Date.now() + 7_200_000 }) });
    await withMock({}, browser, async (mock, { page }) => {
        await fact("an id is copied where the browser has no clipboard for pages, as over plain HTTP", async () => {
            await loaded(page);
            await page.locator("#traces tbody button").first().click();
            await page.locator("dialog[open] .span-row").first().waitFor();
            await page.locator(".trace-links .copy").click();
            assert.equal(await page.locator(".trace-links .copy").textContent(), "Copied");
            const id = await page.locator(".trace-links code").textContent();
            await page.keyboard.press("Escape");
            await page.locator("#endpoints input").focus();
            await page.keyboard.press("Control+V");
            assert.equal(await page.locator("#endpoints input").inputValue(), id);
        });
        await fact("a row whose history the server does not have says so", async () => {
            await page.locator("#endpoints input").fill("");
            await page.route(/endpoint=/, (route) => route.fulfill({ status: 404, contentType: "application/json", body: '{"success":false,"error":"gone"}' }));
            await page.locator("#endpoints tbody button").first().click();
            await eventually(async () => assert.match(await page.locator(".row-history").textContent(), /No history: the server has none of this name/));
        });
    }, { prepare: (page) => page.addInitScript(() => Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined })), tolerated: (response) => response.status() === 404 });
}

async function empty(fact, browser, out) {
    await withMock({ mode: "empty" }, browser, async (mock, { page, noFaults }) => {
        await fact("an application that did nothing yet is told so, and what to do", async () => {
            await loaded(page);
            assert.match(await page.locator("#empty").textContent(), /Nothing recorded yet.*curl/);
            assert.equal(await page.locator(".tables > section:not([hidden])").count(), 0);
            await eventually(async () => assert.match(await page.locator("#trace-panel").textContent(), /No trace yet/));
            assert.equal(await page.locator(".environment").isVisible(), false);
            await figuresAgree(page, makeApi(mock.url, null), 15, 10);
            await page.screenshot({ path: join(out, "empty.png"), fullPage: true });
            noFaults();
        });
        await fact("a trace that is not kept is told", async () => {
            const before = page.url();
            await page.evaluate(() => { location.hash = "trace=0123456789abcdef0123456789abcdef"; });
            await eventually(async () => assert.match(await page.locator("dialog[open]").textContent(), /not kept any more/));
            await page.keyboard.press("Escape");
            assert.equal(page.url(), before);
        });
    }, { tolerated: (response) => response.status() === 404 && response.url().includes("/traces/") });
}

async function sick(fact, browser, out) {
    await withMock({}, browser, async (mock, { page, noFaults }) => {
        for (const status of ["degraded", "unhealthy"]) {
            await fact(`an application that is ${status} says so in words and why, the worst check first`, async () => {
                mock.state.status = status;
                await eventually(async () => assert.equal(await page.locator(".badge").textContent(), status), 15_000);
                assert.ok(await page.locator("#issues").isVisible());
                const first = await page.locator("#checks tbody tr").first().locator("td").first().textContent();
                assert.equal(first, status);
                assert.match(await page.title(), new RegExp(`^${status} `));
                await page.screenshot({ path: join(out, `${status}.png`) });
                await accessible(page);
            });
        }
        await fact("an unhealthy application's 503 is an answer and no failure of the page", async () => {
            assert.equal(await page.locator("#failure").isVisible(), false);
            noFaults();
        });
    }, { tolerated: (response) => response.status() === 503, bypassCSP: true });
}
