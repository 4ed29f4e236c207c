// The fields of a model.

import { make, newId, scrolling } from "./dom.js";

const ROLES = [
  ["inputFields", "input"],
  ["groupFields", "group field"],
  ["targetFields", "target"],
  ["outputFields", "output"],
];
/** Maximum number of values that are listed. */
const VALUES = 20;

/** Returns the fields by their roles, without roles that have no fields. */
export function roles(schema) {
  return ROLES.map(([key, name]) => ({ name, fields: schema[key] ?? [] })).filter((role) => role.fields.length);
}

/** Describes the values that a field takes. */
export function values(field) {
  const all = field.values ?? [];
  const separator = field.opType === "continuous" ? " or " : ", ";
  const rest = all.length > VALUES ? `${separator}… (${all.length} in all)` : "";
  return all.slice(0, VALUES).join(separator) + rest;
}

/** Returns a table of all fields. */
export function fieldTable(groups) {
  const id = newId();
  const cells = (role, field) => make(
    "tr", {},
    make("th", { scope: "row" }, field.id),
    make("td", {}, role.name),
    make("td", {}, [field.dataType, field.opType].filter(Boolean).join(", ")),
    make("td", { class: "values" }, values(field)),
    make("td", {}, field.name ?? ""),
  );
  const named = groups.some((role) => role.fields.some((field) => field.name));
  const heads = ["Field", "Role", "Type", "Values", "Name"].slice(0, named ? 5 : 4);
  const rows = groups.flatMap((role) => role.fields.map((field) => cells(role, field)));
  if (!named) rows.forEach((row) => row.lastChild.remove());
  return scrolling(
    "Fields of the model",
    make(
      "table", { id },
      make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, rows),
    ),
  );
}
