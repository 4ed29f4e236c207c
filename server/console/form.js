// A form for one row, generated from the schema.

import * as api from "./api.js";
import { count, make, newId, say } from "./dom.js";
import { values } from "./fields.js";

/** A field with more values than this is a text input with suggestions. */
const LONGEST_SELECT = 200;
const NUMBERS = new Set(["integer", "float", "double"]);

/** Returns the form of a model, with an element for its results. */
export function form(id, schema) {
  // One row of a model about groups of rows has the values of a group as lists.
  const grouped = (schema.groupFields ?? []).length > 0;
  const controls = (schema.inputFields ?? []).map((field) => control(field, grouped));
  const alert = make("p", { class: "error", role: "alert" });
  const results = make("div", { class: "results", role: "group", "aria-label": "Results of the row" });
  const submit = make("button", { class: "main" }, "Score");
  const element = make(
    "form", { novalidate: true, autocomplete: "off" },
    make("p", { class: "note" }, grouped
      ? "An empty field is a missing value. The model is about groups: give the values of one, each on a line of its own."
      : "An empty field is a missing value."),
    make("div", { class: "form" }, controls.map((one) => one.element)),
    make("div", { class: "buttons" }, submit, make("button", { type: "reset" }, "Clear")),
    alert,
    results,
  );
  // Only the response to the latest request is shown.
  let turn = 0;
  element.addEventListener("reset", () => {
    turn += 1;
    alert.textContent = "";
    results.replaceChildren();
    controls.forEach((one) => one.check(true));
  });
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    turn += 1;
    const mine = turn;
    alert.textContent = "";
    results.replaceChildren();
    const wrong = controls.filter((one) => !one.check(false));
    if (wrong.length) {
      alert.textContent = `${count(wrong.length, "field")} cannot be read: ${wrong.map((one) => one.name).join(", ")}`;
      wrong[0].focus();
      return;
    }
    const row = Object.fromEntries(controls.map((one) => [one.name, one.value()]).filter(([, value]) => value !== null));
    try {
      const scored = await api.evaluate(id, row);
      if (mine !== turn) return;
      results.replaceChildren(resultTable(scored));
      say("The row is scored");
    } catch (error) {
      if (mine === turn) alert.textContent = error.message;
    }
  });
  return element;
}

/** Returns the control of a field: its element, its name, and functions for its value (null if missing), a check and focus. */
function control(field, grouped) {
  const [id, hintId, wrongId] = [newId(), newId(), newId()];
  const common = { id, name: field.id, "aria-describedby": `${hintId} ${wrongId}` };
  const allowed = field.opType === "continuous" ? [] : field.values ?? [];
  const options = allowed.length || field.dataType !== "boolean" ? allowed : ["true", "false"];
  let input;
  let suggestions = null;
  if (grouped) {
    input = make("textarea", { ...common, rows: 3, spellcheck: "false" });
  } else if (options.length && options.length <= LONGEST_SELECT) {
    const choices = options.map((value) => make("option", { value }, value));
    input = make("select", common, make("option", { value: "" }, "– missing –"), choices);
  } else if (options.length) {
    suggestions = make("datalist", { id: newId() }, options.map((value) => make("option", { value })));
    input = make("input", { ...common, type: "text", list: suggestions.id });
  } else if (field.opType === "continuous" && NUMBERS.has(field.dataType)) {
    input = make("input", { ...common, type: "number", step: "any", ...limits(field.values ?? []) });
  } else {
    input = make("input", { ...common, type: "text", spellcheck: "false" });
  }
  const hint = [field.name, field.dataType, input.tagName === "SELECT" ? "" : values(field)];
  const wrong = make("small", { id: wrongId, class: "wrong" });
  const element = make(
    "div", { class: "field" },
    make("label", { for: id }, field.id), input, suggestions,
    make("small", { id: hintId }, hint.filter(Boolean).join(" · ")), wrong,
  );
  return {
    element,
    name: field.id,
    focus: () => input.focus(),
    // A string that is not a number must not count as a missing value.
    check: (cleared) => {
      const good = cleared || !input.validity.badInput;
      wrong.textContent = good ? "" : "This is not a number";
      if (good) input.removeAttribute("aria-invalid");
      else input.setAttribute("aria-invalid", "true");
      return good;
    },
    value: () => {
      if (!grouped) return input.value === "" ? null : input.value;
      const lines = input.value.split("\n").map((line) => line.trim()).filter(Boolean);
      return lines.length ? lines : null;
    },
  };
}

/** Returns the bounds of a number, if there is only one range. They are for the arrows of the control; the server decides. */
function limits(ranges) {
  const margins = ranges.length === 1 && /^[[(](\S+), (\S+)[\])]$/.exec(ranges[0]);
  if (!margins) return {};
  const [min, max] = margins.slice(1).map((text) => (Number.isFinite(Number(text)) ? text : null));
  return { min, max };
}

function resultTable(results) {
  const rows = Object.entries(results).map(([name, value]) => make(
    "tr", {},
    make("th", { scope: "row" }, name),
    value === null ? make("td", { class: "missing" }, "missing") : make("td", {}, text(value)),
  ));
  if (!rows.length) return make("p", {}, "The model returns no result.");
  return make(
    "table", {},
    make("caption", {}, "Results"),
    make("thead", {}, make("tr", {}, ["Field", "Value"].map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, rows),
  );
}

function text(value) {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
