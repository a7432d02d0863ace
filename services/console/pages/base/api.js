// REST, as pages call it.
// In: method, path, body. Out: JSON, or a `Problem` with the house's stable code. Every post has
// an `Idempotency-Key`, so that a repeat is harmless. Never here: words for the reader.
import { learn } from "./clock.js";

const ROOT = "/api/v1/";
const WAIT_MS = 20_000;

/** A refusal: `code` is stable, `field` names what is wrong, `retry_s` when to come again. */
export class Problem extends Error {
  constructor(code, { status = 0, detail = "", field = null, retry_s = null } = {}) {
    super(detail || code);
    Object.assign(this, { code, status, detail, field, retry_s });
  }
}

/** Calls the house. `key` makes a post's repeat the same post. */
export async function call(method, path, body, { key, token } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method === "POST") headers["Idempotency-Key"] = key ?? uuid();
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(ROOT + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: token ? "omit" : "same-origin",
      signal: AbortSignal.timeout(WAIT_MS),
    });
  } catch {
    throw new Problem("unreached");
  }
  const date = response.headers.get("Date");
  if (date) learn(Date.parse(date), true);
  if (response.ok) return response.status === 204 ? null : read(response);
  throw await problem(response);
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}, options) => call("POST", path, body, options);
export const put = (path, body = {}, options) => call("PUT", path, body, options);
export const remove = (path, body) => call("DELETE", path, body);

/** Reads a list to its end, at most `pages` pages. */
export async function all(path, pages = 5) {
  const items = [];
  let after = "";
  for (let page = 0; page < pages; page += 1) {
    const got = await get(`${path}${path.includes("?") ? "&" : "?"}limit=100${after}`);
    items.push(...got.items);
    if (!got.next) break;
    after = `&cursor=${encodeURIComponent(got.next)}`;
  }
  return items;
}

/** Gives a UUID; `randomUUID` is missing on pages without HTTPS. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function read(response) {
  try {
    return await response.json();
  } catch {
    throw new Problem("unreached", { status: response.status });
  }
}

async function problem(response) {
  let shape = {};
  try {
    shape = await response.json();
  } catch {
    // A proxy's own page; the status says enough.
  }
  const code = shape.code ?? (response.status === 401 ? "unauthenticated" : "unavailable");
  const retry_s = Number(response.headers.get("Retry-After")) || null;
  return new Problem(code, { status: response.status, detail: shape.detail, field: shape.field, retry_s });
}
