// Drawings of additive models: tables of coefficients, with bars.

import { count, draw, make, number, scrolling } from "./dom.js";
import { child, children } from "./document.js";
import { predicate } from "./predicate.js";

/** Maximum number of coefficients that are shown. */
const ROWS = 300;
const BAR = 160;

/** Returns the tables of a regression, a general regression or a scorecard. */
export function coefficients(model) {
  const tables = { GeneralRegressionModel: general, Scorecard: scorecard }[model.localName]?.(model) ?? regression(model);
  const total = tables.reduce((sum, table) => sum + table.rows.length, 0);
  let left = ROWS;
  const shown = [];
  for (const table of tables) {
    if (left <= 0) break;
    shown.push(bars(table.title, table.head, table.rows.slice(0, left)));
    left -= table.rows.length;
  }
  const note = total > ROWS ? `The first ${ROWS} of ${count(total, "coefficient")} are shown.` : "";
  return make("div", {}, note && make("p", { class: "note" }, note), shown);
}

function regression(model) {
  const tables = children(model, "RegressionTable");
  return tables.map((table, index) => {
    const category = table.getAttribute("targetCategory");
    const rows = [["intercept", table.getAttribute("intercept") ?? "0"]];
    for (const term of table.children) {
      const coefficient = term.getAttribute("coefficient");
      const name = term.getAttribute("name") ?? term.getAttribute("field") ?? "";
      if (term.localName === "NumericPredictor") {
        const exponent = term.getAttribute("exponent") ?? "1";
        rows.push([exponent === "1" ? name : `${name} to the power ${exponent}`, coefficient]);
      } else if (term.localName === "CategoricalPredictor") {
        rows.push([`${name} = ${term.getAttribute("value")}`, coefficient]);
      } else if (term.localName === "PredictorTerm") {
        const factors = children(term, "FieldRef").map((field) => field.getAttribute("field"));
        rows.push([factors.join(" × "), coefficient]);
      }
    }
    const title = category !== null ? `For ${category}` : tables.length > 1 ? `Table ${index + 1}` : "Terms of the sum";
    return { title, head: "Term", rows };
  });
}

function general(model) {
  const names = new Map();
  for (const parameter of children(child(model, "ParameterList") ?? model, "Parameter")) {
    names.set(parameter.getAttribute("name"), parameter.getAttribute("label"));
  }
  const factors = new Map();
  for (const cell of children(child(model, "PPMatrix") ?? model, "PPCell")) {
    const name = cell.getAttribute("parameterName");
    const [predictor, value] = [cell.getAttribute("predictorName"), cell.getAttribute("value")];
    factors.set(name, [...factors.get(name) ?? [], value === "1" ? predictor : `${predictor} (${value})`]);
  }
  const tables = new Map();
  for (const cell of children(child(model, "ParamMatrix") ?? model, "PCell")) {
    const category = cell.getAttribute("targetCategory") ?? "";
    const name = cell.getAttribute("parameterName");
    const term = factors.get(name)?.join(" × ") ?? names.get(name) ?? name;
    tables.set(category, [...tables.get(category) ?? [], [term, cell.getAttribute("beta")]]);
  }
  const title = (category) => (category ? `For ${category}` : "Terms of the sum");
  return [...tables].map(([category, rows]) => ({ title: title(category), head: "Term", rows }));
}

function scorecard(model) {
  const initial = { title: "At the start", head: "Score", rows: [["initial score", model.getAttribute("initialScore") ?? "0"]] };
  const characteristics = children(child(model, "Characteristics") ?? model, "Characteristic");
  return [initial, ...characteristics.map((characteristic, index) => ({
    title: characteristic.getAttribute("name") ?? `Characteristic ${index + 1}`,
    head: "Condition",
    rows: children(characteristic, "Attribute").map((attribute) => [predicate(attribute), attribute.getAttribute("partialScore")]),
  }))];
}

/** Returns a table of names and values, with a bar for each value that is a number. */
function bars(title, head, rows) {
  const values = rows.map(([, value]) => (value === null ? NaN : Number(value)));
  const finite = values.filter(Number.isFinite);
  const [least, most] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const scale = most > least ? BAR / (most - least) : 0;
  const zero = -least * scale;
  const bar = (value) => draw(
    "svg", { width: BAR + 2, height: 16, "aria-hidden": "true" },
    Number.isFinite(value) ? draw("rect", {
      class: value < 0 ? "bar negative" : "bar",
      x: 1 + (value < 0 ? zero + value * scale : zero), y: 2, height: 12, width: Math.abs(value) * scale,
    }) : null,
    draw("line", { class: "axis", x1: 1 + zero, x2: 1 + zero, y1: 0, y2: 16 }),
  );
  return scrolling(title, make(
    "table", {},
    make("caption", {}, title),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, head), make("th", { scope: "col" }, "Value"), make("td", {}))),
    make("tbody", {}, rows.map(([name, value], index) => make(
      "tr", {},
      make("th", { scope: "row" }, name),
      make("td", { class: "number", title: value }, value === null ? "computed" : number(value)),
      make("td", {}, bar(values[index])),
    ))),
  ));
}
