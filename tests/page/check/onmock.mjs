// A mock, and a page on it, for as long as a check takes.

import { startMock } from "../mock.mjs";
import { openPage } from "./browser.mjs";

export async function withMock(options, browser, use, open = {}) {
    const mock = await startMock(options);
    const opened = await openPage(browser, mock.url, open);
    try {
        await use(mock, opened);
    } finally {
        await opened.close();
        await mock.stop();
    }
}
