// Tables: a CSV file is dropped or chosen, scored by the server, shown and downloaded.

import * as api from "./api.js";
import { count, make, newId, say, scrolling } from "./dom.js";

/** Maximum number of rows that are shown. */
const ROWS = 25;
/** Number of bytes of the results that are read to count and show rows. */
const READ = 8 << 20;

/** Returns the element in which tables of a model are scored. */
export function tables(id, schema) {
  const alert = make("p", { class: "error", role: "alert" });
  const results = make("div", { class: "results", role: "group", "aria-label": "Results of the table" });
  const [fileId, hintId] = [newId(), newId()];
  const file = make("input", { id: fileId, type: "file", accept: ".csv,.tsv,.txt,text/csv", "aria-describedby": hintId });
  const drop = make(
    "div", { class: "drop" },
    make("label", { for: fileId }, "CSV file"), " ", file,
    make("p", { id: hintId, class: "note" }, "Drop a file here, or choose one. Its first line names the fields. It is sent to the server unchanged."),
  );
  // Only the response for the latest file is shown.
  let turn = 0;
  let link = null;
  const score = async (chosen) => {
    turn += 1;
    const mine = turn;
    alert.textContent = "";
    results.replaceChildren();
    if (link) URL.revokeObjectURL(link);
    link = null;
    say(`${chosen.name} is being scored`);
    const column = errorColumn(schema);
    try {
      const scored = await api.evaluateTable(id, chosen, column);
      const text = await scored.slice(0, READ).text();
      if (mine !== turn) return;
      link = URL.createObjectURL(scored);
      const shown = table(text, scored.size > READ, column);
      const name = `${chosen.name.replace(/\.[^.]*$/, "")}-results.csv`;
      results.replaceChildren(
        make("p", {}, shown.summary),
        make("p", {}, make("a", { href: link, download: name }, `Download all results (${name})`)),
        shown.element,
      );
      say(shown.summary);
    } catch (error) {
      if (mine === turn) alert.textContent = error.message;
    }
  };
  file.addEventListener("change", () => {
    const chosen = file.files[0];
    // The same file may be chosen again after it has changed.
    if (chosen) score(chosen).finally(() => { file.value = ""; });
  });
  let depth = 0;
  const over = (change) => {
    depth = Math.max(0, depth + change);
    drop.classList.toggle("over", depth > 0);
  };
  drop.addEventListener("dragenter", (event) => { event.preventDefault(); over(1); });
  drop.addEventListener("dragleave", () => over(-1));
  drop.addEventListener("dragover", (event) => { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    over(-depth);
    const dropped = [...event.dataTransfer.files];
    if (dropped.length === 1) score(dropped[0]);
    else alert.textContent = "One file is expected.";
  });
  return make("div", {}, drop, alert, results);
}

/** Returns a name for the column of errors that differs from all results. */
function errorColumn(schema) {
  const taken = new Set([...schema.targetFields ?? [], ...schema.outputFields ?? []].map((field) => field.id));
  let name = "error";
  while (taken.has(name)) name += "_";
  return name;
}

/** Returns the first rows of results, with a summary of all. */
function table(text, isPart, column) {
  const rows = parse(text, delimiter(text, column));
  const head = rows.shift() ?? [];
  // The last row may be truncated.
  if (isPart) rows.pop();
  const failed = rows.filter((row) => row[row.length - 1] !== "").length;
  const total = isPart ? `more than ${count(rows.length, "row")}` : count(rows.length, "row");
  const errors = failed ? `${count(failed, "row")} without results: the column “${column}” says why` : "all with results";
  // If all rows have results, the column of errors is not shown.
  const width = failed ? head.length : head.length - 1;
  const cells = (row) => row.slice(0, width).map((cell) => make("td", {}, cell));
  const element = scrolling(
    "First rows of the results",
    make(
      "table", {},
      make("caption", {}, rows.length > ROWS ? `The first ${ROWS} rows` : "All rows"),
      make("thead", {}, make(
        "tr", {}, ["Row", ...head.slice(0, width)].map((name) => make("th", { scope: "col" }, name)),
      )),
      make("tbody", {}, rows.slice(0, ROWS).map(
        (row, index) => make("tr", {}, make("th", { scope: "row" }, String(index + 1)), cells(row)),
      )),
    ),
  );
  return { summary: `${total}, ${errors}`, element };
}

/** Returns the delimiter of results, which precedes the last column, whose name is known. */
function delimiter(text, column) {
  const head = /^[^\n]*/.exec(text)[0].replace(/\r$/, "");
  const before = head.at(-column.length - 1);
  return before && before !== '"' && head.endsWith(column) ? before : ",";
}

/** Returns the rows of a table. Quoted cells may contain delimiters, line ends and doubled quotes. */
function parse(text, delimiter) {
  const rows = [];
  let row = [];
  let at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1);
      while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end === -1) end = text.length;
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      const start = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== "\n") at += 1;
      cell = text.slice(start, at).replace(/\r$/, "");
    }
    row.push(cell);
    if (text[at] === delimiter) {
      at += 1;
      if (at < text.length && text[at] !== "\n") continue;
      row.push("");
    }
    if (text[at] === "\r") at += 1;
    at += 1;
    rows.push(row);
    row = [];
  }
  return rows;
}
