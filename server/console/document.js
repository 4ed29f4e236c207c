// Elements of documents, by their names without a namespace: documents differ in whether they declare one.

/** The children of this name. */
export function children(element, name) {
  return [...element.children].filter((inner) => inner.localName === name);
}

/** The first child of this name. */
export function child(element, name) {
  return [...element.children].find((inner) => inner.localName === name) ?? null;
}

/** The items of an `Array`: separated by blanks, quoted where they hold some. */
export function items(array) {
  const found = (array?.textContent ?? "").match(/"(?:\\"|[^"])*"|[^\s"]+/g) ?? [];
  return found.map((item) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('\\"', '"') : item));
}
