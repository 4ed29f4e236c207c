"use strict";
// The console: reads about models, scores rows and tables, draws documents. It uses the API that everybody uses.

const api = document.body.dataset.api;
const find = id => document.getElementById(id);
let current = null;

/** An element with attributes and children. Texts are texts: nothing that a model holds becomes markup. */
function element(name, attributes = {}, ...children) {
  const svg = ["svg", "g", "rect", "text", "path", "title"].includes(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

async function call(path, options = {}) {
  const token = find("token").value;
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(api + path, { ...options, headers });
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Error(body.message || `${response.status} ${response.statusText}`);
}

/** Does something of which an error is shown. */
async function attempt(work) {
  find("error").textContent = "";
  try {
    await work();
  } catch (error) {
    find("error").textContent = error.message;
  }
}

async function list() {
  const { responses = [] } = await (await call("/model")).json();
  find("models").replaceChildren(...responses.map(model => {
    const button = element("button", { type: "button", "data-id": model.id }, model.id,
      element("small", {}, `${model.summary}, ${model.miningFunction}`));
    button.addEventListener("click", () => attempt(() => show(model.id)));
    return element("li", {}, button);
  }));
  if (responses.length === 0) find("models").append(element("li", {}, "No model is deployed."));
}

async function show(id) {
  current = await (await call(`/model/${id}`)).json();
  for (const button of document.querySelectorAll("nav button")) {
    button.setAttribute("aria-current", String(button.dataset.id === id));
  }
  find("title").textContent = id;
  const properties = current.properties;
  find("facts").textContent = `${current.summary} (${current.miningFunction}), version ${properties["deployed.version"]}, ` +
    `deployed ${properties["created.timestamp"]}, ${properties["file.size"]} bytes`;
  const roles = { inputFields: "input", groupFields: "group", targetFields: "target", outputFields: "output" };
  find("fields").replaceChildren(...Object.entries(roles).flatMap(([key, role]) => (current.schema[key] || []).map(field =>
    element("tr", {}, element("th", { scope: "row" }, field.name ? `${field.id} (${field.name})` : field.id),
      element("td", {}, role), element("td", {}, [field.dataType, field.opType].filter(Boolean).join(", ")),
      element("td", {}, (field.values || []).join(", "))))));
  find("inputs").replaceChildren(...(current.schema.inputFields || []).map(input));
  for (const place of ["results", "table-results", "table-status", "drawing"]) find(place).replaceChildren();
  find("model").hidden = false;
  find("title").focus();
  if (find("drawing-box").open) await draw();
}

function input(field) {
  const choices = field.opType !== "continuous" && field.values;
  const control = choices
    ? element("select", { name: field.id }, element("option", { value: "" }, "(missing)"),
        ...field.values.map(value => element("option", {}, value)))
    : element("input", { name: field.id, placeholder: (field.values || [field.dataType]).join(", ") });
  return element("label", {}, field.name || field.id, control);
}

async function scoreRow() {
  const filled = [...new FormData(find("row"))].filter(([, value]) => value !== "");
  const request = { arguments: Object.fromEntries(filled) };
  const response = await call(`/model/${current.id}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request),
  });
  const { results = {} } = await response.json();
  find("results").replaceChildren(...Object.entries(results).map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value === null ? "(missing)" : String(value)))));
}

async function scoreTable(file) {
  find("table-status").textContent = `Scoring ${file.name} …`;
  find("table-results").replaceChildren();
  try {
    const response = await call(`/model/${current.id}/csv?errorColumn=error`, {
      method: "POST", headers: { "Content-Type": "text/csv" }, body: file,
    });
    const text = await response.text();
    const delimiter = [",", ";", "\t"].find(character => text.split("\n", 1)[0].includes(character)) || ",";
    const [header = [], ...rows] = parse(text, delimiter);
    const shown = rows.slice(0, 200);
    find("table-status").textContent = `${rows.length} rows${rows.length > shown.length ? ", the first 200 of them here" : ""}`;
    find("table-results").append(element("table", {},
      element("thead", {}, element("tr", {}, ...header.map(name => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...shown.map(row => element("tr", {}, ...row.map(cell => element("td", {}, cell)))))));
  } catch (error) {
    find("table-status").textContent = "";
    throw error;
  }
}

/** The rows of a CSV text. */
function parse(text, delimiter) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') { cell += '"'; at++; } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === delimiter) { row.push(cell); cell = ""; }
    else if (character === "\n") { row.push(cell); rows.push(row); row = []; cell = ""; }
    else cell += character;
  }
  return rows;
}

const LARGEST_DRAWING = 8e6;

async function draw() {
  const place = find("drawing");
  if (place.hasChildNodes()) return;
  if (current.properties["file.size"] > LARGEST_DRAWING) {
    place.append("The document is too large to be drawn.");
    return;
  }
  let text;
  try {
    text = await (await call(`/model/${current.id}/pmml`)).text();
  } catch (error) {
    place.append(`Drawing takes the document, which only administrators may read. ${error.message}`);
    return;
  }
  const document = new DOMParser().parseFromString(text, "application/xml");
  const model = [...document.documentElement.children].find(child => /Model$|^NeuralNetwork$|^Scorecard$/.test(child.localName));
  if (model) place.append(picture(model));
}

const children = (parent, name) => [...parent.children].filter(child => child.localName === name);

function picture(model) {
  if (model.localName === "TreeModel") return tree(model);
  if (model.localName === "RegressionModel") return bars(model);
  return outline(model);
}

function predicate(node) {
  const names = { equal: "=", notEqual: "≠", lessThan: "<", lessOrEqual: "≤", greaterThan: ">", greaterOrEqual: "≥",
    isMissing: "is missing", isNotMissing: "is not missing" };
  for (const child of node.children) {
    const get = name => child.getAttribute(name) || "";
    if (child.localName === "SimplePredicate") return `${get("field")} ${names[get("operator")] || get("operator")} ${get("value")}`;
    if (child.localName === "SimpleSetPredicate") return `${get("field")} ${get("booleanOperator")} {${child.textContent.trim()}}`;
    if (child.localName === "CompoundPredicate") return `${get("booleanOperator")} of ${child.children.length}`;
    if (child.localName === "True") return "otherwise";
  }
  return "";
}

const short = (text, length = 24) => text.length > length ? text.slice(0, length - 1) + "…" : text;

function tree(model) {
  const width = 170, height = 70, most = 400;
  let leaves = 0, count = 0, deepest = 0;
  const svg = element("svg", { role: "img" }, element("title", {}, "Decision tree"));
  const place = (node, depth) => {
    count++;
    deepest = Math.max(deepest, depth);
    const inner = count > most ? [] : children(node, "Node").map(child => place(child, depth + 1));
    const x = inner.length ? (inner[0].x + inner[inner.length - 1].x) / 2 : leaves++ * width;
    const y = depth * height;
    for (const child of inner) {
      svg.append(element("path", { d: `M${x + 80} ${y + 40}C${x + 80} ${y + 56} ${child.x + 80} ${child.y - 16} ${child.x + 80} ${child.y}` }));
    }
    const score = node.getAttribute("score");
    svg.append(element("g", {}, element("title", {}, `${predicate(node)} ${score || ""}`),
      element("rect", { x, y, width: 160, height: 40, rx: 5 }),
      element("text", { x: x + 8, y: y + 16 }, short(predicate(node))),
      element("text", { x: x + 8, y: y + 33 }, score === null ? "" : short(`→ ${score}`))));
    return { x, y };
  };
  const root = children(model, "Node")[0];
  if (root) place(root, 0);
  svg.setAttribute("width", Math.max(leaves, 1) * width);
  svg.setAttribute("height", (deepest + 1) * height);
  return count > most ? element("div", {}, element("p", {}, `The first ${most} nodes:`), svg) : svg;
}

function bars(model) {
  const box = element("div");
  for (const table of children(model, "RegressionTable").slice(0, 20)) {
    const terms = [...table.children].filter(child => child.hasAttribute("coefficient")).map(child => [
      [child.getAttribute("name") || "term", child.getAttribute("value")].filter(Boolean).join(" = "),
      Number(child.getAttribute("coefficient")),
    ]).slice(0, 100);
    const most = Math.max(...terms.map(([, value]) => Math.abs(value)), 1e-300);
    const svg = element("svg", { role: "img", width: 560, height: terms.length * 22 + 4 }, element("title", {}, "Coefficients"));
    terms.forEach(([name, value], row) => {
      const length = Math.abs(value) / most * 130;
      svg.append(element("text", { x: 0, y: row * 22 + 15 }, short(name, 30)),
        element("rect", { class: "bar", x: value < 0 ? 340 - length : 340, y: row * 22 + 4, width: length, height: 14 }),
        element("text", { x: 480, y: row * 22 + 15 }, value.toPrecision(5)));
    });
    const category = table.getAttribute("targetCategory");
    box.append(element("p", {}, `${category ? category + ": " : ""}intercept ${table.getAttribute("intercept")}`), svg);
  }
  return box;
}

function outline(model) {
  const facts = [model.localName];
  for (const name of ["modelName", "functionName", "algorithmName"]) {
    if (model.getAttribute(name)) facts.push(model.getAttribute(name));
  }
  const item = element("li", {}, facts.join(", "));
  const list = element("ul", { class: "outline" }, item);
  for (const segmentation of children(model, "Segmentation")) {
    const segments = children(segmentation, "Segment");
    item.append(`: ${segmentation.getAttribute("multipleModelMethod")} of ${segments.length} models`);
    for (const segment of segments.slice(0, 25)) {
      const inner = [...segment.children].find(child => /Model$|^NeuralNetwork$|^Scorecard$/.test(child.localName));
      if (!inner) continue;
      const box = element("details", {}, element("summary", {}, `${segment.getAttribute("id") || ""} ${predicate(segment)} ${inner.localName}`));
      box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(picture(inner)); });
      item.append(box);
    }
    if (segments.length > 25) item.append(`and ${segments.length - 25} more`);
  }
  return list;
}

find("row").addEventListener("submit", event => { event.preventDefault(); attempt(scoreRow); });
find("file").addEventListener("change", event => {
  const [file] = event.target.files;
  if (file) attempt(() => scoreTable(file));
});
find("drop").addEventListener("dragover", event => { event.preventDefault(); find("drop").classList.add("over"); });
find("drop").addEventListener("dragleave", () => find("drop").classList.remove("over"));
find("drop").addEventListener("drop", event => {
  event.preventDefault();
  find("drop").classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) attempt(() => scoreTable(file));
});
find("drawing-box").addEventListener("toggle", () => { if (current && find("drawing-box").open) attempt(draw); });
find("token").addEventListener("change", () => attempt(list));
attempt(list);
