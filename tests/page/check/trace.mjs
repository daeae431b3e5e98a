// The traces: the lists, and one trace from top to bottom.

import { assert, eventually } from "./facts.mjs";
import { format } from "./format.mjs";

export async function walkTraces(fact, page, api) {
    await fact("the tabs latest, slowest and failed are walked with the arrow keys, and each asks for its list", async () => {
        const tab = (kind) => page.locator(`#tab-${kind}`);
        await tab("latest").focus();
        for (const [key, kind] of [["ArrowRight", "slowest"], ["ArrowRight", "failed"], ["ArrowRight", "latest"], ["ArrowLeft", "failed"], ["Home", "latest"], ["End", "failed"], ["Home", "latest"]]) {
            const asked = page.waitForResponse((response) => response.url().includes(`traces?kind=${kind}`));
            await page.keyboard.press(key);
            assert.equal((await asked).status(), 200);
            assert.equal(await page.evaluate(() => document.activeElement.id), `tab-${kind}`);
            assert.equal(await tab(kind).getAttribute("aria-selected"), "true");
            assert.equal(await page.locator('[role="tab"][tabindex="0"]').count(), 1);
            assert.equal(await page.locator("#trace-panel").getAttribute("aria-labelledby"), `tab-${kind}`);
        }
    });

    await fact("the lists are those that the API answers", async () => {
        for (const kind of ["slowest", "failed", "latest"]) {
            await page.locator(`#tab-${kind}`).click();
            await eventually(async () => {
                const { data } = await api(`traces?kind=${kind}&limit=50`);
                const shown = await page.locator("#traces tbody tr").evaluateAll((rows) => rows.map((row) => [row.dataset.key, row.querySelector("button").textContent, ...[2, 4, 5].map((at) => row.cells[at].textContent)]));
                assert.deepEqual(shown, data.traces.map((trace) => [trace.trace_id, trace.name, format.duration(trace.duration_ms), format.count(trace.spans), format.count(trace.errors)]));
                assert.equal(await page.locator("#traces .tally").textContent(), `${format.count(data.seen)} seen · ${format.count(data.kept)} kept`);
            }, 25_000);
        }
    });

    // Of the slowest: they are kept, however busy the server is.
    const { data: list } = await api("traces?kind=slowest&limit=50");
    await fact("there is a trace to look at", () => assert.ok(list.traces.length > 0, "the server keeps no trace: send it some requests first"));
    if (list.traces.length === 0) return;
    const chosen = list.traces.reduce((most, trace) => (trace.spans > most.spans ? trace : most));
    const { data: trace } = await api(`traces/${chosen.trace_id}`);

    await fact("a click on a trace opens it, with an address of its own", async () => {
        await page.locator("#tab-slowest").click();
        await page.locator(`#traces tr[data-key="${chosen.trace_id}"] button`).click();
        await page.locator("dialog[open] .span-row").first().waitFor();
        await eventually(async () => assert.equal(new URL(page.url()).hash, `#trace=${chosen.trace_id}`));
        assert.equal(await page.locator("#trace-title").textContent(), trace.name);
    });
    await fact("the eye is led to the innermost span that failed, else to the first", async () => {
        const id = await page.locator(".span-side .identifier code").textContent();
        const failed = new Set(trace.spans.filter(({ status }) => status === "error").map(({ span_id }) => span_id));
        const above = new Set(trace.spans.filter(({ span_id }) => failed.has(span_id)).map(({ parent_span_id }) => parent_span_id));
        if (failed.size === 0) assert.equal(await page.locator('.span-row[aria-selected="true"]').getAttribute("data-index"), "0");
        else assert.ok(failed.has(id) && !above.has(id), `${id} is selected`);
        assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-selected")), "true");
    });
    await fact(`all ${trace.spans.length} spans are in the tree, with their names, times and places`, () => spansAgree(page, trace));
    await fact("the head of the trace has its figures", async () => {
        const facts = Object.fromEntries(await page.locator(".trace-content > .facts > div").evaluateAll((all) => all.map((one) => [one.querySelector("dt").textContent, one.querySelector("dd").textContent])));
        assert.equal(facts.duration, format.duration(trace.duration_ms));
        assert.equal(facts.spans, format.count(trace.spans.length));
        assert.equal(facts.errors, format.count(trace.errors));
        assert.equal(facts.cost, format.usd(trace.cost_usd));
        assert.equal(facts["tokens in / out"], `${format.compact(trace.input_tokens)} / ${format.compact(trace.output_tokens)}`);
        const links = await page.locator(".trace-links a").evaluateAll((all) => all.map((one) => one.href));
        assert.deepEqual(links, [trace.links.logs, trace.links.trace].filter((link) => /^https?:/.test(link ?? "")));
    });
    await fact("selecting a span shows its attributes and events", async () => {
        const by = new Map(trace.spans.map((span) => [span.span_id, span]));
        const rows = page.locator(".span-row");
        for (const at of new Set([0, Math.min(2, trace.spans.length - 1), trace.spans.length - 1])) {
            await rows.nth(at).click();
            const shown = await page.locator(".span-side").evaluate((side) => ({
                id: side.querySelector(".identifier code").textContent, name: side.querySelector("h3").textContent, events: side.querySelectorAll(".event").length,
                attributes: [...side.querySelectorAll(".span-detail > .attributes > dt")].map((key) => [key.textContent, key.nextElementSibling.textContent]),
            }));
            const span = by.get(shown.id);
            assert.ok(span, `no span has the id ${shown.id}`);
            assert.equal(shown.name, span.name);
            assert.equal(shown.events, span.events.length);
            assert.deepEqual(shown.attributes, Object.entries(span.attributes).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]));
        }
    });
    await fact("the tree is walked, folded and unfolded with the keyboard", () => walkTree(page, trace));
    await fact("the ids of trace and span are copied", async () => {
        await page.locator(".trace-links .copy").click();
        await eventually(async () => assert.equal(await page.evaluate(() => navigator.clipboard.readText()), trace.trace_id));
        await page.locator(".span-side .copy").click();
        const id = await page.locator(".span-side .identifier code").textContent();
        await eventually(async () => assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id));
    });
    await fact("Escape closes the trace, and the focus is back where it was", async () => {
        await page.keyboard.press("Escape");
        await page.locator("dialog[open]").waitFor({ state: "detached" });
        await eventually(async () => {
            assert.equal(new URL(page.url()).hash, "");
            const focus = await page.evaluate(() => document.activeElement.closest("tr")?.dataset.key ?? document.activeElement.id);
            assert.ok([chosen.trace_id, "tab-slowest"].includes(focus), `the focus is at ${focus}`);
        });
    });
    await fact("the address of a trace opens it, and going back closes it", async () => {
        await page.evaluate((id) => { location.hash = `trace=${id}`; }, chosen.trace_id);
        await page.locator("dialog[open] .span-row").first().waitFor();
        await page.goBack();
        await page.locator("dialog[open]").waitFor({ state: "detached" });
        await page.evaluate((id) => { location.hash = `trace=${id}`; }, chosen.trace_id);
        await page.reload();
        await page.locator("dialog[open] .span-row").first().waitFor();
        await page.locator("dialog .close").click();
        await page.locator("dialog[open]").waitFor({ state: "detached" });
    });
}

async function spansAgree(page, trace) {
    const rows = await page.locator(".span-row").evaluateAll((rows) => rows.map((row) => ({
        name: row.querySelector(".label").textContent, time: row.querySelector(".span-time").textContent, level: Number(row.getAttribute("aria-level")),
        left: parseFloat(row.querySelector(".bar").style.left), width: parseFloat(row.querySelector(".bar").style.width),
    })));
    const start = Math.min(0, ...trace.spans.map((span) => span.start_offset_ms));
    const total = Math.max(trace.duration_ms, ...trace.spans.map((span) => span.start_offset_ms + span.duration_ms)) - start;
    const known = new Map(trace.spans.map((span) => [span.span_id, span]));
    const level = (span) => {
        const seen = new Set();
        let depth = 1;
        for (let at = span; known.has(at.parent_span_id) && !seen.has(at); at = known.get(at.parent_span_id)) {
            seen.add(at);
            depth += 1;
        }
        return depth;
    };
    const places = (all) => all.map(({ name, time, left, width }) => `${name} ${time} ${left.toFixed(1)} ${width.toFixed(1)}`).sort();
    assert.deepEqual(places(rows), places(trace.spans.map((span) => ({
        name: span.name, time: format.duration(span.duration_ms), left: (100 * (span.start_offset_ms - start)) / total, width: (100 * span.duration_ms) / total,
    }))));
    const circular = trace.spans.some((span) => span.name.startsWith("circle "));
    if (!circular) assert.deepEqual(rows.map(({ name, level }) => `${name} ${level}`).sort(), trace.spans.map((span) => `${span.name} ${level(span)}`).sort());
}

async function walkTree(page, trace) {
    const current = () => page.evaluate(() => Number(document.activeElement.dataset.index));
    const visible = () => page.locator(".span-row:not([hidden])").count();
    await page.locator(".span-row").first().click();
    await page.keyboard.press("End");
    assert.equal(await current(), trace.spans.length - 1);
    await page.keyboard.press("Home");
    assert.equal(await current(), 0);
    if (trace.spans.length === 1) return;
    const below = await page.locator('.span-row[data-index="0"]').getAttribute("aria-expanded");
    if (below === null) return;
    await page.keyboard.press("ArrowRight");
    assert.equal(await current(), 1);
    await page.keyboard.press("ArrowLeft");
    if ((await current()) !== 0) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator('.span-row[data-index="0"]').getAttribute("aria-expanded"), "false");
    assert.ok((await visible()) < trace.spans.length);
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator('.span-row[data-index="0"]').getAttribute("aria-expanded"), "true");
    await page.keyboard.press("ArrowDown");
    assert.equal(await current(), 1);
    // What was folded inside stays folded when the outside is folded and unfolded.
    const inner = await page.locator('.span-row[aria-expanded]').evaluateAll((rows) => rows[1]?.dataset.index);
    if (inner !== undefined) {
        const row = page.locator(`.span-row[data-index="${inner}"]`);
        for (const expanded of ["true", "false"]) {
            if ((await row.getAttribute("aria-expanded")) === expanded) continue;
            await row.locator(".toggle").click();
            assert.equal(await row.getAttribute("aria-expanded"), expanded);
        }
        const folded = await visible();
        assert.ok(folded < trace.spans.length);
        await page.keyboard.press("Home");
        await page.keyboard.press("ArrowLeft");
        assert.equal(await visible(), await page.locator('.span-row[aria-level="1"]').count() + await hangingElsewhere(page));
        await page.keyboard.press("Enter");
        assert.equal(await visible(), folded);
    }
    assert.equal(await page.locator('.span-row[aria-selected="true"]').count(), 1);
    assert.equal(await page.locator('.span-row[tabindex="0"]').count(), 1);
}

/** Rows that are seen below another root than the first. */
function hangingElsewhere(page) {
    return page.evaluate(() => {
        const rows = [...document.querySelectorAll(".span-row")];
        const second = rows.findIndex((row, at) => at > 0 && row.getAttribute("aria-level") === "1");
        return second < 0 ? 0 : rows.slice(second).filter((row) => !row.hidden && row.getAttribute("aria-level") !== "1").length;
    });
}
