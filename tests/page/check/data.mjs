// Data that is hostile or large, and what an update leaves alone, against the mock.

import { join } from "node:path";
import { HOSTILE } from "../mock/world.mjs";
import { makeApi } from "./api.mjs";
import { loaded, noSideways, refreshed } from "./browser.mjs";
import { assert, eventually } from "./facts.mjs";
import { figuresAgree, tablesAgree } from "./numbers.mjs";
import { withMock } from "./onmock.mjs";
import { walkTraces } from "./trace.mjs";

export async function data(facts, browser, out) {
    for (const check of [inPlace, hostile, large]) await check(facts.fact.bind(facts), browser, out);
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
        await fact("hostile names of 300 letters make nothing wider than a telephone, nor do they in a trace", async () => {
            await page.setViewportSize({ width: 400, height: 800 });
            await noSideways(page);
            await page.locator("#traces tbody button").first().click();
            await page.locator("dialog[open] .span-row").first().waitFor();
            await noSideways(page);
        });
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
