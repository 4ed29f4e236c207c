// The console: the list of models, and the page of the selected one.

import * as api from "./api.js";
import { count, make, say, section } from "./dom.js";
import { drawing } from "./drawing.js";
import { fieldTable, roles } from "./fields.js";
import { form } from "./form.js";
import { tables } from "./tables.js";

const list = document.getElementById("models");
const filter = document.getElementById("filter");
const note = document.getElementById("list-note");
const page = document.getElementById("model");

let models = [];
/** Counts requests, so that a late response does not replace a newer one. */
let turn = 0;

/** Returns the id in the address: `#/id`. */
function chosen() {
  const match = /^#\/(.+)$/.exec(location.hash);
  try {
    return match && decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}

function showList() {
  const wanted = filter.value.trim().toLowerCase();
  const shown = models.filter((model) => `${model.id} ${model.summary}`.toLowerCase().includes(wanted));
  const current = chosen();
  list.replaceChildren(...shown.map((model) => make(
    "li", {},
    make(
      "a", { href: `#/${encodeURIComponent(model.id)}`, "aria-current": model.id === current && "page" },
      model.id, make("small", {}, `${model.summary}, ${model.miningFunction}`),
    ),
  )));
  note.textContent = shown.length === models.length
    ? count(models.length, "model") : `${shown.length} of ${count(models.length, "model")}`;
}

async function loadList() {
  try {
    models = await api.models();
    showList();
    if (!chosen()) {
      page.replaceChildren(make("p", { class: "note" }, models.length
        ? "Choose a model." : "There are no models yet. Deploy one, then load the list again."));
    }
    return true;
  } catch (error) {
    models = [];
    showList();
    note.textContent = "";
    page.replaceChildren(make("p", { class: "error", role: "alert" }, error.message));
    return false;
  }
}

async function showModel(moveFocus) {
  const id = chosen();
  turn += 1;
  const mine = turn;
  showList();
  if (!id) return;
  let model;
  try {
    model = await api.model(id);
  } catch (error) {
    if (mine === turn) page.replaceChildren(make("p", { class: "error", role: "alert" }, error.message));
    return;
  }
  if (mine !== turn) return;
  const heading = make("h2", { tabindex: -1 }, model.id);
  const schema = model.schema ?? {};
  const size = model.properties?.["file.size"];
  const version = model.properties?.["model.version"];
  const facts = [
    `${model.summary}, ${model.miningFunction}`,
    typeof size === "number" && `${size.toLocaleString("en")} bytes`,
    version && `version ${version}`,
  ];
  page.replaceChildren(
    heading,
    make("p", { class: "facts" }, facts.filter(Boolean).join(" · ")),
    section("Fields", fields(schema)),
    section("Score a row", form(model.id, schema)),
    section("Score a table", tables(model.id, schema)),
    section("Drawing", drawing(model.id, size)),
  );
  document.title = `${model.id} – Models`;
  if (moveFocus) heading.focus();
  say(`Model ${model.id} is shown`);
}

function fields(schema) {
  const groups = roles(schema);
  const total = groups.reduce((sum, group) => sum + group.fields.length, 0);
  return make(
    "details", { open: total <= 12 },
    make("summary", {}, groups.map((group) => count(group.fields.length, group.name)).join(", ") || "none"),
    fieldTable(groups),
  );
}

document.getElementById("access").addEventListener("submit", async (event) => {
  event.preventDefault();
  api.useToken(document.getElementById("token").value);
  if (await loadList()) {
    say("The token is used from now on");
    await showModel(false);
  }
});
document.getElementById("reload").addEventListener("click", async () => {
  if (await loadList()) say(`The list has ${count(models.length, "model")}`);
});
filter.addEventListener("input", showList);
// The address stores the selected model.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
window.addEventListener("hashchange", () => { if (chosen()) showModel(true); });
// A file that is dropped elsewhere does not replace the page.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => {
    if (!event.defaultPrevented && event.dataTransfer) event.dataTransfer.dropEffect = "none";
    event.preventDefault();
  });
}

if (await loadList()) await showModel(false);
