// Elements of the page. Texts from models become text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element: attributes (those that are null, undefined or false are left out), then children. */
export function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** Makes an element of a drawing. */
export function draw(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

let ids = 0;

/** An id that no other element has. */
export function newId() {
  ids += 1;
  return `made-${ids}`;
}

/** A section with a heading, by which it is called. */
export function section(title, ...children) {
  const id = newId();
  return make("section", { "aria-labelledby": id }, make("h3", { id }, title), ...children);
}

/** A region that scrolls by itself, and that the keyboard reaches. */
export function scrolling(label, ...children) {
  return make("div", { class: "scroll", role: "region", "aria-label": label, tabindex: 0 }, ...children);
}

/** Says something that has happened. */
export function say(text) {
  const status = document.getElementById("status");
  status.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { status.textContent = ""; }, 5000);
}

/** `1 row`, `2 rows`. */
export function count(number, one, more = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : more}`;
}

/** A text, cut where it is longer than some characters. */
export function cut(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** A text, cut in its middle where it is longer than some characters: both ends tell it from others. */
export function cutMiddle(text, length) {
  if (text.length <= length) return text;
  const tail = Math.floor(length / 2);
  return `${text.slice(0, length - tail - 1)}…${text.slice(-tail)}`;
}

/** A number as people read it; other strings as they are. */
export function number(text) {
  const value = Number(text);
  if (text === null || text.trim() === "" || !Number.isFinite(value)) return text ?? "";
  const short = String(Number(value.toPrecision(6)));
  return short.length < text.length ? short : text;
}
