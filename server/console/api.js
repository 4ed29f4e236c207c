// The server: requests, and the reasons why they fail.

// Relative to the page, so that a proxy may put both below another path.
const base = new URL(document.querySelector("meta[name=api]").content, document.baseURI);

/** The token that requests carry. It is in memory alone, and gone with the page. */
let token = "";

/** Sets the token. */
export function useToken(text) {
  token = text.trim();
}

/** Why a request failed. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function send(path, options = {}) {
  const headers = new Headers(options.headers);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  let response;
  try {
    response = await fetch(new URL(path, base), { ...options, headers, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new Refusal(0, "The server cannot be reached");
  }
  if (response.ok) return response;
  let message = "";
  try {
    message = (await response.json()).message;
  } catch {
    // The status must do.
  }
  throw new Refusal(response.status, message || `The server answered ${response.status} ${response.statusText}`);
}

const place = (id) => `model/${encodeURIComponent(id)}`;

/** All models. */
export async function models() {
  return (await (await send("model")).json()).responses ?? [];
}

/** A model, with its fields. */
export async function model(id) {
  return (await send(place(id))).json();
}

/** The document of a model. It may be in any encoding that XML knows, so these are bytes. */
export async function pmml(id) {
  return (await send(`${place(id)}/pmml`)).blob();
}

/** The results of a row. */
export async function evaluate(id, values) {
  const response = await send(place(id), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ arguments: values }),
  });
  // Numbers stay as the server writes them, where the browser can tell: a whole number may have more digits than ours.
  const exact = (key, value, context) => (typeof value === "number" ? context?.source ?? value : value);
  return JSON.parse(await response.text(), exact).results ?? {};
}

/** The results of a table. Rows that fail say why in a column. */
export async function evaluateTable(id, file, errorColumn) {
  const response = await send(`${place(id)}/csv?errorColumn=${encodeURIComponent(errorColumn)}`, {
    method: "POST",
    headers: { "Content-Type": "text/csv" },
    body: file,
  });
  return response.blob();
}
