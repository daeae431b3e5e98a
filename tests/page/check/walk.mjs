// A walk over the whole page, on any server: everything is clicked, and everything shown is compared.

import { assert, eventually } from "./facts.mjs";
import { makeApi } from "./api.mjs";
import { loaded, noSideways, openPage, refreshed } from "./browser.mjs";
import { figuresAgree, groupOf, tablesAgree } from "./numbers.mjs";
import { walkTraces } from "./trace.mjs";

/** An unhealthy application answers so, and that is right. */
const unhealthy = (response) => response.status() === 503 && new URL(response.url()).pathname.endsWith("/health");

export async function walk(facts, browser, { url, token = null, expectHostile = false }) {
    const fact = facts.fact.bind(facts);
    const api = makeApi(url, token);
    const opened = await openPage(browser, url, { token, tolerated: unhealthy });
    const { page, response } = opened;

    await fact("the page comes with a content security policy that allows nothing from elsewhere", async () => {
        const policy = response.headers()["content-security-policy"] ?? "";
        for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]) assert.ok(policy.includes(part), `"${part}" is missing in "${policy}"`);
        assert.ok(!policy.includes("unsafe"), policy);
    });
    await fact("the figures appear", () => loaded(page));

    await fact("the head shows the name, version, environment and health that the API answers", async () => {
        const [info, health] = await Promise.all([api("info"), api("health")]);
        await eventually(async () => {
            assert.equal(await page.locator("h1").textContent(), info.app.name);
            assert.equal(await page.locator(".version").textContent(), info.app.version);
            assert.equal(await page.locator(".environment").textContent(), info.app.environment ?? "");
            assert.equal(await page.locator(".badge").textContent(), health.health.status);
            assert.match(await page.locator(".uptime").textContent(), /^up .*\d:\d\d:\d\d$/);
            assert.match(await page.locator(".updated").textContent(), /^updated \d\d:\d\d:\d\d, (now|\d+\s.* ago)$/);
        });
        assert.ok((await page.title()).includes(info.app.name));
    });

    await fact("issues and health checks are those that the API answers", async () => {
        await eventually(async () => {
            const { health } = await api("health");
            assert.deepEqual(await page.locator("#issues li").allTextContents(), health.issues);
            const rows = await page.locator("#checks tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].slice(0, 3).map((cell) => cell.textContent)));
            const expected = Object.entries(health.checks).map(([name, check]) => [name, check.status, check.message]);
            assert.deepEqual(rows.sort(), expected.sort());
        }, 20_000);
    });

    await fact("each key figure is the one that the API answers", () => figuresAgree(page, api, 15, 10));
    await fact("each cell of each table is the one that the API answers", async () => {
        const rows = await tablesAgree(page, api);
        assert.ok(rows > 0, "the server has nothing in any table: send it some requests first");
    });

    await fact("each chart says in words what it shows, and is drawn", async () => {
        const charts = await page.locator("#charts .chart:not([hidden])").evaluateAll((charts) => charts.map((chart) => ({
            id: chart.dataset.chart, words: chart.querySelector('[role="img"]').getAttribute("aria-label"), canvas: chart.querySelector("canvas")?.width ?? 0,
            title: chart.querySelector("h3").textContent, unit: chart.querySelector(".chart-unit").textContent,
        })));
        assert.ok(charts.length >= 4, `${charts.length} charts`);
        for (const { id, words, canvas, title, unit } of charts) {
            assert.ok(words.startsWith(`${title}, ${unit}, in the last 15 min.`), `${id}: ${words}`);
            assert.ok(canvas > 100, `${id} is ${canvas} px wide`);
        }
    });

    await fact("the cursor in one chart shows the figures of its moment in all", async () => {
        let moves = 0;
        await eventually(async () => {
            // An update may move the chart away from under the mouse: each look goes to where it is now, with a move of its own.
            const box = await page.locator('[data-chart="requests"] .u-over').boundingBox();
            await page.mouse.move(box.x + box.width * 0.98 - (moves++ % 2), box.y + box.height / 2);
            const times = await page.locator("#charts .chart:not([hidden]) .chart-time").allTextContents();
            assert.match(times[0], /^\d\d:\d\d:\d\d$/);
            assert.equal(new Set(times).size, 1);
        });
        await page.mouse.move(5, 5);
    });

    await fact("each range of time asks for its history and says so", async () => {
        for (const [minutes, step, words] of [[60, 60, "1 h"], [360, 60, "6 h"], [1440, 60, "24 h"], [15, 10, "15 min"]]) {
            const asked = page.waitForResponse((response) => response.url().includes(`stats/history?minutes=${minutes}&step=${step}`));
            await page.locator(`#range [data-minutes="${minutes}"]`).click();
            assert.equal((await asked).status(), 200);
            assert.equal(await page.locator(`#range [data-minutes="${minutes}"]`).getAttribute("aria-pressed"), "true");
            await eventually(async () => assert.match(await page.locator('[data-chart="requests"] [role="img"]').getAttribute("aria-label"), new RegExp(`in the last ${words}\\.`)));
        }
        assert.equal(await page.locator('#range [aria-pressed="true"]').count(), 1);
    });

    await fact("the theme goes from the system's to light to dark, and is kept over a reload", async () => {
        const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        const light = await ground();
        await page.locator("#theme").click();
        assert.equal(await page.locator("#theme").textContent(), "Theme: light");
        assert.equal(await ground(), light);
        await page.locator("#theme").click();
        assert.equal(await page.locator("#theme").textContent(), "Theme: dark");
        assert.notEqual(await ground(), light);
        await page.reload();
        await loaded(page);
        assert.equal(await page.locator("#theme").textContent(), "Theme: dark");
        assert.notEqual(await ground(), light);
        await page.locator("#theme").click();
        assert.equal(await ground(), light);
    });

    for (const id of ["endpoints", "agents", "models", "tools"]) {
        const names = Object.keys(groupOf((await api("stats")).data, id));
        if (names.length > 0) await walkTable(fact, opened, id);
    }

    await walkTraces(fact, page, api);

    await fact("the page updates by itself", async () => {
        await refreshed(page);
        await refreshed(page);
    });

    if (expectHostile) {
        await fact("names with markup in them are shown as text", async () => {
            const stats = (await api("stats")).data;
            const names = ["endpoints", "agents", "models", "tools"].flatMap((id) => Object.keys(groupOf(stats, id))).filter((name) => /[<>"']/.test(name));
            assert.ok(names.length > 0, "the server has no such name");
            const shown = await page.locator(".tables tbody tr[data-key] .label").allTextContents();
            for (const name of names) assert.ok(shown.includes(name), `${name} is not shown`);
            assert.equal(await page.locator("body script, body img, body iframe, main b b, main i i").count(), 0);
        });
    }
    await fact("nothing went wrong in the browser: no error, no failed request, nothing blocked, nothing from elsewhere", () => opened.noFaults());
    await opened.close();

    const narrow = await openPage(browser, url, { token, width: 400, height: 800, tolerated: unhealthy });
    await fact("at 400 px nothing scrolls sideways but the tables", async () => {
        await loaded(narrow.page);
        await noSideways(narrow.page);
        narrow.noFaults();
    });
    await narrow.close();
}

/** Names in the order of a column; unknown values last, and names where values are the same. */
function sorted(group, key, direction) {
    const sign = direction === "ascending" ? 1 : -1;
    const field = { "4xx": "errors_4xx", "5xx": "errors_5xx", cost: "cost_usd", avg: "avg_response_time" }[key] ?? key;
    const value = (name) => (key === "name" ? name : key === "last_called" && group[name][field] !== null ? Date.parse(group[name][field]) : group[name][field]);
    return Object.keys(group).sort((a, b) => {
        const [left, right] = [value(a), value(b)];
        if (left === null || right === null) return (left === null) - (right === null) || (a < b ? -1 : 1);
        return left === right ? (a < b ? -1 : 1) : sign * (left < right ? -1 : 1);
    });
}

async function walkTable(fact, opened, id) {
    const { page } = opened;
    const section = page.locator(`#${id}`);
    await fact(`${id} are sorted by every column, both ways`, async () => {
        for (const key of await section.locator("thead button").evaluateAll((heads) => heads.map((head) => head.dataset.sort))) {
            const head = section.locator(`thead th:has([data-sort="${key}"])`);
            for (let click = 0; click < 2; click += 1) {
                await head.locator("button").click();
                // Compared with the very answer that is shown: names that change places between two answers are no fault.
                await eventually(async () => {
                    const group = groupOf(opened.latest.stats, id);
                    const direction = await head.getAttribute("aria-sort");
                    const shown = await section.locator("tbody tr[data-key]").evaluateAll((rows) => rows.map((row) => row.dataset.key));
                    assert.deepEqual(shown, sorted(group, key, direction).slice(0, 50), `${key} ${direction}`);
                });
            }
            assert.equal(await section.locator("th[aria-sort]").count(), 1);
        }
        await section.locator('[data-sort="calls"]').click();
        assert.equal(await section.locator('th:has([data-sort="calls"])').getAttribute("aria-sort"), "descending");
    });

    await fact(`${id} are filtered by name`, async () => {
        const name = await section.locator("tbody tr[data-key]").first().getAttribute("data-key");
        const filter = section.locator('input[type="search"]');
        await filter.fill(name.toUpperCase());
        const shown = await section.locator("tbody tr[data-key]").evaluateAll((rows) => rows.map((row) => row.dataset.key));
        assert.ok(shown.includes(name) && shown.every((each) => each.toUpperCase().includes(name.toUpperCase())), JSON.stringify(shown));
        await filter.fill("no name has this in it");
        assert.equal(await section.locator("tbody tr").count(), 0);
        assert.match(await section.locator(".note").textContent(), /No name/);
        await filter.fill("");
    });

    await fact(`a row of ${id} opens its own history, by mouse and by keyboard`, async () => {
        const row = section.locator("tbody tr[data-key]").first();
        const name = await row.getAttribute("data-key");
        const parameter = id.slice(0, -1);
        const asked = page.waitForResponse((response) => new URL(response.url()).searchParams.get(parameter) === name);
        await row.locator("td").nth(1).click();
        assert.equal((await asked).status(), 200);
        await section.locator(".row-history canvas").first().waitFor();
        const opener = section.locator(`tbody tr[data-key] button[aria-expanded="true"]`);
        assert.equal(await opener.count(), 1);
        await opener.focus();
        await page.keyboard.press("Enter");
        assert.equal(await section.locator(".row-history").count(), 0);
        assert.equal(await section.locator('button[aria-expanded="true"]').count(), 0);
    });
}
