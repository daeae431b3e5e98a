// Asks the server itself, without the page.

export function makeApi(url, token) {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    return async (path) => {
        const response = await fetch(new URL(path, url), { headers });
        if (!response.ok && !(path === "health" && response.status === 503)) throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
        return response.json();
    };
}
