// Elements of documents, by local names, since not all documents declare a namespace.

/** Returns the children with a name. */
export function children(element, name) {
  return [...element.children].filter((inner) => inner.localName === name);
}

/** Returns the first child with a name. */
export function child(element, name) {
  return [...element.children].find((inner) => inner.localName === name) ?? null;
}

/** Returns the items of an `Array`, which are separated by blanks, and quoted if they contain any. */
export function items(array) {
  const found = (array?.textContent ?? "").match(/"(?:\\"|[^"])*"|[^\s"]+/g) ?? [];
  return found.map((item) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('\\"', '"') : item));
}
