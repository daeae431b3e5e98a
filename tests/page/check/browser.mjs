// A browser, and pages that are watched: whatever goes wrong in them is written down.

import { chromium } from "playwright-core";
import { assert } from "./facts.mjs";

const ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** Starts it with a profile of its own, which is empty and goes with it. */
export async function startBrowser() {
    const executablePath = process.env.TACHOGRAPH_CHROMIUM ?? "/usr/bin/chromium";
    try {
        return await chromium.launch({ executablePath, args: ARGUMENTS });
    } catch (error) {
        throw new Error(`Chromium does not start from ${executablePath}; TACHOGRAPH_CHROMIUM names another one.\n${error.message}`);
    }
}

/**
 * Opens a page in a context of its own. `tolerated` says of which answers with an error status the browser may complain: what
 * stands there is wanted by the test.
 */
export async function openPage(browser, url, { theme = "light", width = 1280, height = 900, bypassCSP = false, token = null, tolerated = () => false, prepare = async () => {} } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, bypassCSP, permissions: ["clipboard-read", "clipboard-write"] });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const origin = new URL(url).origin;
    const faults = [];
    const refused = new Set();
    page.on("response", (response) => {
        if (response.status() >= 400) {
            refused.add(response.url());
            if (!tolerated(response)) faults.push(`${response.url()} answered ${response.status()}`);
        }
    });
    page.on("console", (message) => {
        if (message.type() !== "error" && message.type() !== "warning") return;
        // The browser's own line about an answer, which is judged above.
        if (refused.has(message.location().url) || message.text().startsWith("Failed to load resource: the server responded")) return;
        faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`error of the page: ${error.stack ?? error.message}`));
    page.on("dialog", (dialog) => {
        faults.push(`a script of somebody else ran: ${dialog.type()} ${dialog.message()}`);
        void dialog.dismiss();
    });
    page.on("request", (request) => {
        const at = new URL(request.url());
        if (at.protocol !== "data:" && at.origin !== origin) faults.push(`a request went to ${at.origin}`);
    });
    page.on("requestfailed", (request) => {
        // A page that is closed or left ends its requests itself.
        if (request.failure()?.errorText !== "net::ERR_ABORTED") faults.push(`${request.url()} failed: ${request.failure()?.errorText}`);
    });
    const latest = { stats: null };
    page.on("response", async (response) => {
        if (!new URL(response.url()).pathname.endsWith("/stats") || response.status() !== 200) return;
        // The page may be gone before its answer is read; then nobody asks for it either.
        latest.stats = (await response.json().catch(() => null))?.data ?? latest.stats;
    });
    await page.exposeBinding("reportViolation", (_, text) => faults.push(`content security policy: ${text}`));
    await page.addInitScript(() => {
        addEventListener("securitypolicyviolation", (event) => window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}:${event.lineNumber ?? ""}`));
    });
    if (token !== null) await page.addInitScript((value) => sessionStorage.setItem("tachograph.token", value), token);
    await prepare(page);
    const response = await page.goto(url);
    return {
        page,
        response,
        faults,
        latest,
        noFaults: () => assert.deepEqual(faults, []),
        close: () => context.close(),
    };
}

/** The figures are there. */
export async function loaded(page) {
    await page.locator("#figures .figure").first().waitFor({ timeout: 20_000 });
    await page.locator('.badge:not([data-status="loading"])').waitFor({ timeout: 20_000 });
}

/** The next answer to the page's question for the figures has come and is shown. */
export async function refreshed(page) {
    await page.waitForResponse((response) => new URL(response.url()).pathname.endsWith("/stats"), { timeout: 20_000 });
}

/** Nothing but tables is wider than the window, neither to be scrolled to nor cut off; and the key figures are seen whole. */
export async function noSideways(page) {
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `the page is ${content} px wide in a window of ${window} px`);
    const outside = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((node) => {
        if (node.closest(".scroller, .plot, .sr") !== null && !node.matches(".scroller, .plot")) return false;
        const box = node.getBoundingClientRect();
        return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
    }).map((node) => `${node.tagName}.${node.className} ${node.textContent.slice(0, 40)}`));
    assert.deepEqual(outside, []);
    const cut = await page.evaluate(() => [...document.querySelectorAll(".figure .value")].filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent));
    assert.deepEqual(cut, []);
}
