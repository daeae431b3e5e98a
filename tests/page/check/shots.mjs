// Pictures in both themes and both widths, and what a program can say of their accessibility.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { accessible } from "./axe.mjs";
import { loaded, noSideways, openPage } from "./browser.mjs";

export async function pictures(facts, browser, { url, token = null, out, name = "page" }) {
    await mkdir(out, { recursive: true });
    for (const theme of ["light", "dark"]) {
        for (const width of [1280, 400]) {
            const { page, close } = await openPage(browser, url, { theme, width, height: 900, token, bypassCSP: true });
            const where = `${theme}, ${width} px`;
            await facts.fact(`${name}: nothing serious in accessibility: ${where}`, async () => {
                await loaded(page);
                const row = page.locator("#endpoints tbody tr[data-key] button").first();
                if (await row.isVisible()) {
                    await row.click();
                    await page.locator("#endpoints .row-history canvas").first().waitFor();
                }
                await page.screenshot({ path: join(out, `${name}-${theme}-${width}.png`), fullPage: true });
                await accessible(page);
            });
            const trace = page.locator("#traces tbody button").first();
            if (await trace.isVisible()) {
                await facts.fact(`${name}: nothing serious in accessibility with a trace open, and nothing sideways: ${where}`, async () => {
                    await trace.click();
                    await page.locator("dialog[open] .span-row").first().waitFor();
                    await page.screenshot({ path: join(out, `${name}-${theme}-${width}-trace.png`) });
                    await noSideways(page);
                    await accessible(page);
                });
            }
            await close();
        }
    }
}
