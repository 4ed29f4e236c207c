// The outline of a model that has no drawing of its own: its elements, which open one by one.

import { count, cut, make } from "./dom.js";

/** So many elements are shown at a time, of one element. */
const CHILDREN = 100;
/** So many elements are shown in all. */
const ELEMENTS = 300;
const TEXT = 200;

/** The outline of an element. */
export function outline(element) {
  const budget = { left: ELEMENTS };
  const note = make("p", { class: "note", role: "status" });
  const spent = () => { note.textContent = `No more than ${ELEMENTS} elements are shown.`; };
  return make("div", {}, make("div", { class: "outline" }, item(element, budget, spent, true)), note);
}

function item(element, budget, spent, open) {
  budget.left -= 1;
  const name = make("span", { class: "element" }, element.localName);
  const attributes = [...element.attributes].filter((one) => !one.name.startsWith("xmlns"));
  const facts = attributes.map((one) => `${one.localName}: ${cut(one.value, TEXT)}`).join(", ");
  const inner = [...element.children];
  const text = inner.length ? "" : cut(element.textContent.trim().slice(0, 2 * TEXT).replace(/\s+/g, " "), TEXT);
  const line = [name, " ", make("span", { class: "attributes" }, facts), text && ` ${text}`];
  if (!inner.length) return make("div", { class: "leaf" }, line);
  const details = make("details", {}, make("summary", {}, line));
  // What is inside is made when it is opened.
  let made = false;
  const show = () => {
    if (made || !details.open) return;
    made = true;
    for (const [index, one] of inner.entries()) {
      if (index === CHILDREN || budget.left <= 0) {
        details.append(make("div", { class: "leaf note" }, `and ${count(inner.length - index, "more element", "more elements")}`));
        if (budget.left <= 0) spent();
        break;
      }
      details.append(item(one, budget, spent, false));
    }
  };
  details.addEventListener("toggle", show);
  if (open) {
    details.open = true;
    show();
  }
  return details;
}
