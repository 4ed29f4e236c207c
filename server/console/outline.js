// The outline of a model without a special drawing: its elements, which open separately.

import { count, cut, make } from "./dom.js";

/** Number of elements in an element that are shown at a time. */
const CHILDREN = 100;
/** Maximum number of elements that are shown. */
const ELEMENTS = 300;
const TEXT = 200;

/** Returns the outline of an element. */
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
  // The content is created when the element is opened.
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
