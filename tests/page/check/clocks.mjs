// Time and place of the reader, against the mock, with a clock of the test's own, so that nobody has to wait.

import { loaded, refreshed } from "./browser.mjs";
import { assert, eventually } from "./facts.mjs";
import { withMock } from "./onmock.mjs";

export async function clocks(facts, browser) {
    for (const check of [clock, elsewhere]) await check(facts.fact.bind(facts), browser);
}

/** What is asked when, and how old things are. */
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
