// Drawings of trees as nodes and links, from left to right.
//
// For a screen reader and the keyboard the drawing is a tree as in the ARIA practices: one node is in the tab order, and
// arrow keys move between nodes, open and close them.

import { count, cut, cutMiddle, draw, make, number } from "./dom.js";
import { child, children } from "./document.js";
import { predicate } from "./predicate.js";

/** Maximum number of nodes that are drawn at a time. */
const NODES = 300;
/** Number of nodes that are drawn at first. */
const FIRST = 31;

/** The widths of nodes, by their strings. */
const NARROWEST = 130;
const WIDEST = 290;
const CHARACTER = 7.2;
const HEIGHT = 42;
const GAP_X = 46;
const GAP_Y = 10;
const MARGIN = 4;

/** Returns the drawing of a tree. */
export function tree(model) {
  const root = child(model, "Node");
  if (!root) return make("p", {}, "The tree has no node.");
  const total = model.getElementsByTagNameNS("*", "Node").length;
  const nodes = new Tree(root);
  nodes.openFirst();
  const note = make("p", { class: "note", role: "status" });
  const svg = draw("svg", { role: "tree", "aria-label": `Tree of ${count(total, "node")}` });
  const say = (text) => {
    note.textContent = text ?? (total > NODES
      ? `The tree has ${count(total, "node")}. At most ${NODES} are drawn at a time: open and close what you want to see.`
      : `${count(total, "node")}, of which ${nodes.shown().length} are drawn.`);
  };
  const show = (focus) => {
    paint(svg, nodes);
    if (focus) svg.querySelector("[tabindex='0']")?.focus();
  };
  const turn = (node, open) => {
    if (!node.parts.length || node.open === open) return;
    node.open = open;
    const shown = nodes.shown().length;
    if (shown > NODES) {
      node.open = false;
      say(`No more than ${NODES} nodes are drawn at a time. Close some first.`);
      return;
    }
    say();
    show(true);
  };
  const find = (event) => nodes.shown()[Number(event.target.closest?.(".node")?.dataset.index)];
  svg.addEventListener("click", (event) => {
    const node = find(event);
    if (!node) return;
    nodes.current = node;
    if (node.parts.length) turn(node, !node.open);
    else show(true);
  });
  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const node = find(event);
    if (!node) return;
    const shown = nodes.shown();
    const index = shown.indexOf(node);
    const go = (to) => {
      if (!to) return;
      nodes.current = to;
      show(true);
    };
    const keys = {
      ArrowDown: () => go(shown[index + 1]),
      ArrowUp: () => go(shown[index - 1]),
      Home: () => go(shown[0]),
      End: () => go(shown.at(-1)),
      ArrowRight: () => (node.open ? go(node.parts[0]) : turn(node, true)),
      ArrowLeft: () => (node.open ? turn(node, false) : go(node.parent)),
      Enter: () => turn(node, !node.open),
      " ": () => turn(node, !node.open),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    nodes.current = node;
    keys[event.key]();
  });
  say();
  show(false);
  return make("div", {}, note, make("div", { class: "scroll" }, svg));
}

/** A node, whose parts are created on demand. */
class Node {
  constructor(element, parent) {
    this.element = element;
    this.parent = parent;
    this.depth = parent ? parent.depth + 1 : 0;
    this.open = false;
  }

  get parts() {
    this.made ??= children(this.element, "Node").map((part) => new Node(part, this));
    return this.made;
  }

  get condition() {
    const text = predicate(this.element);
    if (text === "always") return !this.parent ? "all rows" : this.parent.parts[0] === this ? text : "otherwise";
    const isDefault = this.parent && this.parent.element.getAttribute("defaultChild") === this.element.getAttribute("id");
    return isDefault && this.element.hasAttribute("id") ? `${text} (default)` : text;
  }

  /** Describes the result of the node: its score, embedded model and number of records. */
  get content() {
    const score = this.element.getAttribute("score");
    const records = this.element.getAttribute("recordCount");
    const inner = child(this.element, "Regression") ? "a regression" : child(this.element, "DecisionTree") ? "a tree" : null;
    return [score !== null && number(score), inner, records && `${number(records)} ${records === "1" ? "record" : "records"}`].filter(Boolean).join(" · ");
  }
}

class Tree {
  constructor(root) {
    this.root = new Node(root, null);
    this.current = this.root;
  }

  /** Opens nodes level by level, as long as the drawing is small. */
  openFirst() {
    let drawn = 1;
    for (const queue = [this.root]; queue.length;) {
      const node = queue.shift();
      if (!node.parts.length) continue;
      drawn += node.parts.length;
      // The root's parts are always shown if they can be drawn.
      if (drawn > (node === this.root ? NODES : FIRST)) return;
      node.open = true;
      queue.push(...node.parts);
    }
  }

  /** Returns the nodes that are drawn, in order. */
  shown() {
    const found = [];
    const stack = [this.root];
    while (stack.length) {
      const node = stack.pop();
      found.push(node);
      if (node.open) stack.push(...node.parts.toReversed());
    }
    return found;
  }
}

/** Draws the visible nodes. */
function paint(svg, nodes) {
  const shown = nodes.shown();
  if (!shown.includes(nodes.current)) nodes.current = nodes.root;
  const longest = Math.max(...shown.map((node) => Math.max(node.condition.length + (node.open ? 0 : 4), node.content.length)));
  const column = Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(longest * CHARACTER) + 16));
  const rows = place(shown, column);
  const depth = Math.max(...shown.map((node) => node.depth));
  const width = (depth + 1) * column + depth * GAP_X + 2 * MARGIN;
  const height = rows * (HEIGHT + GAP_Y) - GAP_Y + 2 * MARGIN;
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const links = shown.filter((node) => node.open).flatMap((node) => node.parts.map((part) => link(node, part, column)));
  svg.replaceChildren(...links, ...shown.map((node, index) => box(node, index, node === nodes.current, column)));
}

/** Sets the positions of nodes: leaves below each other, the others centered on their parts. Returns the number of rows. */
function place(shown, column) {
  let row = 0;
  for (const node of shown) {
    node.x = MARGIN + node.depth * (column + GAP_X);
    if (!node.open) {
      node.y = MARGIN + row * (HEIGHT + GAP_Y);
      row += 1;
    }
  }
  for (const node of shown.toReversed()) {
    if (node.open) node.y = (node.parts[0].y + node.parts.at(-1).y) / 2;
  }
  return row;
}

function link(from, to, column) {
  const [x1, y1] = [from.x + column, from.y + HEIGHT / 2];
  const [x2, y2] = [to.x, to.y + HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return draw("path", { class: "link", "aria-hidden": "true", d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}` });
}

function box(node, index, isCurrent, column) {
  const { condition, content, parts } = node;
  const siblings = node.parent?.parts ?? [node];
  const inside = parts.length && !node.open ? ` +${parts.length}` : "";
  // The label begins with the visible text.
  const seen = [condition, content].filter(Boolean).join(" ");
  const label = `${seen}, ${parts.length ? count(parts.length, "branch", "branches") : "leaf"}`;
  const attributes = {
    class: parts.length ? "node" : "node leaf",
    role: "treeitem",
    tabindex: isCurrent ? 0 : -1,
    "data-index": index,
    "aria-label": label,
    "aria-level": node.depth + 1,
    "aria-setsize": siblings.length,
    "aria-posinset": siblings.indexOf(node) + 1,
    "aria-expanded": parts.length ? String(node.open) : null,
    transform: `translate(${node.x} ${node.y})`,
  };
  const room = Math.floor((column - 16) / CHARACTER);
  const second = content || (parts.length ? "" : "no score");
  return draw(
    "g", attributes,
    draw("title", { "aria-hidden": "true" }, seen),
    draw("rect", { width: column, height: HEIGHT, rx: 5 }),
    draw("text", { x: 8, y: second ? 17 : 26 }, cutMiddle(condition, inside ? room - 4 : room)),
    " ",
    second ? draw("text", { class: "faint", x: 8, y: 34 }, cut(second, room)) : null,
    inside ? draw("text", { class: "more", x: column - 8, y: 17, "text-anchor": "end" }, inside) : null,
  );
}
