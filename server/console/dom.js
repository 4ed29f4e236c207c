// Elements of the page. Strings from models become text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element with attributes (except those that are null, undefined or false) and children. */
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

/** Returns a unique id for an element. */
export function newId() {
  ids += 1;
  return `made-${ids}`;
}

/** Makes a section that is labeled by its heading. */
export function section(title, ...children) {
  const id = newId();
  return make("section", { "aria-labelledby": id }, make("h3", { id }, title), ...children);
}

/** Makes a region that scrolls separately, also by keyboard. */
export function scrolling(label, ...children) {
  return make("div", { class: "scroll", role: "region", "aria-label": label, tabindex: 0 }, ...children);
}

/** Announces an event. */
export function say(text) {
  const status = document.getElementById("status");
  status.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { status.textContent = ""; }, 5000);
}

/** Returns a number with a noun: `1 row`, `2 rows`. */
export function count(number, one, more = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : more}`;
}

/** Truncates a string that exceeds a length. */
export function cut(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Truncates a string that exceeds a length in the middle, since both ends distinguish it from others. */
export function cutMiddle(text, length) {
  if (text.length <= length) return text;
  const tail = Math.floor(length / 2);
  return `${text.slice(0, length - tail - 1)}…${text.slice(-tail)}`;
}

/** Formats a string that is a number for display. Other strings are unchanged. */
export function number(text) {
  const value = Number(text);
  if (text === null || text.trim() === "" || !Number.isFinite(value)) return text ?? "";
  const short = String(Number(value.toPrecision(6)));
  return short.length < text.length ? short : text;
}
