// Speaks to the service: JSON there and back, and refusals (RFC 9457) as errors.

/** Why the service did not do what it was asked. */
export class Refused extends Error {
  constructor(status, { title, detail, problems } = {}) {
    super(detail ?? title ?? `the service answered ${status}`);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.problems = problems ?? [];
  }
}

// Numbers that JavaScript would round are kept as they were written, where the browser can do that.
function exact(name, value, context) {
  const rounded = typeof value === "number" && context?.source !== undefined && String(value) !== context.source;
  return rounded && JSON.rawJSON ? JSON.rawJSON(context.source) : value;
}

export const parse = (text) => JSON.parse(text, exact);
export const pretty = (value) => JSON.stringify(value, null, 2);

/** Asks the service. `etag` is the version that a change is meant for; a text as body is sent as it is. */
export async function call(method, path, { query = {}, body, type = "application/json", etag, signal } = {}) {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const headers = { accept: "application/json, application/problem+json" };
  if (body !== undefined) headers["content-type"] = type;
  if (etag) headers["if-match"] = etag;
  const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
  const search = said.length ? `?${new URLSearchParams(said)}` : "";
  let response;
  try {
    response = await fetch(path + search, { method, headers, body: text, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, { title: "The service does not answer", detail: "it may be stopped, or out of reach" });
  }
  const answer = await response.text();
  const json = /json/.test(response.headers.get("content-type") ?? "") && answer ? parse(answer) : null;
  if (!response.ok) throw new Refused(response.status, refusalOf(response, json, answer));
  return { json, etag: response.headers.get("etag") };
}

const WORDS = {
  401: "This takes a token",
  403: "Your token is not good for this",
  404: "There is no such thing",
  412: "Somebody else changed it meanwhile",
};

function refusalOf(response, json, answer) {
  const title = WORDS[response.status] ?? json?.title ?? `The service answered ${response.status}`;
  return { ...json, title, detail: json?.detail ?? (json ? undefined : answer) };
}

export const get = async (path, options) => (await call("GET", path, options)).json;

/** The resource of a hook. */
export const hookPath = (id) => `/v1/hooks/${encodeURIComponent(id)}`;

/** Changes some keys of a hook: only if it is still what `etag` says, or without it, what it is now. */
export async function patch(id, change, etag) {
  const version = etag ?? (await call("GET", hookPath(id))).etag;
  const options = { body: change, type: "application/merge-patch+json", etag: version };
  return (await call("PATCH", hookPath(id), options)).json;
}

/** Puts a hook away. */
export async function archive(id) {
  const { etag } = await call("GET", hookPath(id));
  await call("POST", `${hookPath(id)}/archive`, { etag });
}
