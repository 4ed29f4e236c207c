// The server's API: requests, and the reasons of failures.

// The path is relative to the page, so that a proxy may map both to another path.
const base = new URL(document.querySelector("meta[name=api]").content, document.baseURI);

/** The token for requests. It is only kept in memory, until the page is closed. */
let token = "";

/** Sets the token. */
export function useToken(text) {
  token = text.trim();
}

/** The reason why a request failed. */
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
    // There is only the status.
  }
  throw new Refusal(response.status, message || `The server answered ${response.status} ${response.statusText}`);
}

const place = (id) => `model/${encodeURIComponent(id)}`;

/** Returns all models. */
export async function models() {
  return (await (await send("model")).json()).responses ?? [];
}

/** Returns a model with its fields. */
export async function model(id) {
  return (await send(place(id))).json();
}

/** Returns the document of a model, as bytes because its encoding is in the document. */
export async function pmml(id) {
  return (await send(`${place(id)}/pmml`)).blob();
}

/** Returns the results of a row. */
export async function evaluate(id, values) {
  const response = await send(place(id), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ arguments: values }),
  });
  // If the browser supports it, numbers are shown as the server writes them: an integer may have more digits than a number
  // has.
  const exact = (key, value, context) => (typeof value === "number" ? context?.source ?? value : value);
  return JSON.parse(await response.text(), exact).results ?? {};
}

/** Returns the results of a table, with a column for the reasons of failures. */
export async function evaluateTable(id, file, errorColumn) {
  const response = await send(`${place(id)}/csv?errorColumn=${encodeURIComponent(errorColumn)}`, {
    method: "POST",
    headers: { "Content-Type": "text/csv" },
    body: file,
  });
  return response.blob();
}
