// Elements are made here and only here, and text gets into them as text: names come from whoever calls the application.

export type Child = Node | string | null | undefined | false;
type Attribute = string | number | boolean | null | undefined;

function fill(node: Element, attributes: Record<string, Attribute>, children: Child[]): void {
    for (const [name, value] of Object.entries(attributes)) attribute(node, name, value);
    for (const child of children) {
        if (child !== null && child !== undefined && child !== false) node.append(child);
    }
}

/** Makes an element. A `true` attribute is there without a value; `false`, `null` and `undefined` are not there. */
export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Record<string, Attribute> = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const node = document.createElement(tag);
    fill(node, attributes, children);
    return node;
}

/** A button that does not submit. */
export function button(attributes: Record<string, Attribute>, label: string, click: (event: MouseEvent) => void): HTMLButtonElement {
    const node = h("button", { type: "button", ...attributes }, label);
    node.addEventListener("click", click);
    return node;
}

/** Sets an attribute where it differs, so that nothing is laid out or read out anew in vain. */
export function attribute(node: Element, name: string, value: Attribute): void {
    if (value === null || value === undefined || value === false) {
        if (node.hasAttribute(name)) node.removeAttribute(name);
        return;
    }
    const text = value === true ? "" : String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** Sets the text where it differs. */
export function text(node: Node, value: string): void {
    if (node.textContent !== value) node.textContent = value;
}

export function show(node: HTMLElement, visible: boolean): void {
    if (node.hidden === visible) node.hidden = !visible;
}

/**
 * Makes the children of a node these, in this order. Nodes that stay are not touched where they are in order already, and the focus
 * stays where it was although a moved node loses it.
 */
export function arrange(parent: Node, wanted: readonly Node[]): void {
    const keep = new Set(wanted);
    const focused = document.activeElement;
    for (let node = parent.firstChild; node !== null; ) {
        const next = node.nextSibling;
        if (!keep.has(node)) parent.removeChild(node);
        node = next;
    }
    let place = parent.firstChild;
    for (const node of wanted) {
        if (node === place) place = place.nextSibling;
        else parent.insertBefore(node, place);
    }
    if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}
