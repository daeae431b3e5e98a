// Trouble that a healthy application does not make, against the mock: tokens, failures, sickness, nothing at all.

import { join } from "node:path";
import { startMock } from "../mock.mjs";
import { makeApi } from "./api.mjs";
import { accessible } from "./axe.mjs";
import { loaded, openPage } from "./browser.mjs";
import { assert, eventually } from "./facts.mjs";
import { figuresAgree } from "./numbers.mjs";
import { withMock } from "./onmock.mjs";

export async function trouble(facts, browser, out) {
    for (const check of [locked, failing, empty, sick]) await check(facts.fact.bind(facts), browser, out);
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
            await page.locator("#token").press("Enter");
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
            await eventually(async () => assert.equal(page.url(), before));
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
