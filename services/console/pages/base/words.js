// Words on screen, in the reader's language.
// In: a key and what is filled in. Out: the text; of an unknown key the key itself, so that a new
// word of the house shows plainly instead of breaking a page. Never here: the words.
import en from "../words/en.js";
import zh from "../words/zh-CN.js";
import { zoneFor } from "./zone.js";

const LANGUAGES = { "zh-CN": zh, en };
const KEPT = "shouwen.language";

function first() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // A browser that keeps nothing.
  }
  if (kept in LANGUAGES) return kept;
  return (navigator.languages ?? []).some((name) => name.startsWith("zh")) || !navigator.language?.startsWith("en") ? "zh-CN" : "en";
}

let language = first();
document.documentElement.lang = language;

export const lang = () => language;

/** Chooses the language and shows the page in it from the start. */
export function speak(name) {
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // Then it holds for this page only.
  }
  language = name;
  document.documentElement.lang = name;
  dispatchEvent(new Event("language"));
}

/** Gives the text of a key, `{name}` filled in. */
export function t(key, values) {
  const text = LANGUAGES[language][key] ?? key;
  return values ? text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all) : text;
}

export const has = (key) => key in LANGUAGES[language];

/** Says a word of the house, `case.waiting`; a word the page does not know as it stands. */
export const word = (room, name) => (name ? (has(`${room}.${name}`) ? t(`${room}.${name}`) : name) : "");

/** Says in words why something was refused. */
export function refusal(problem, values = {}) {
  if (problem.code === "rate_limited") return t("err.rate_limited", { wait: span(problem.retry_s ?? 1) });
  if (has(`err.${problem.code}`)) return t(`err.${problem.code}`, { name: "", ...values, detail: problem.detail ?? "" });
  return problem.detail || t("err.unknown");
}

/** Says a span of seconds: 45 秒, 3 分, 2 小时 5 分. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return t("span.s", { s });
  if (s < 3600) return t("span.m", { m: Math.floor(s / 60) });
  if (s < 86_400) return t("span.h", { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
  return t("span.d", { d: Math.floor(s / 86_400), h: Math.floor((s % 86_400) / 3600) });
}

/** Says a span as a clock shows it: 0:45, 12:03, 2:05:09. */
export function ticking(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}

const formats = new Map();
function format(options) {
  const name = language + JSON.stringify(options);
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(language, { hourCycle: "h23", ...options }));
  return formats.get(name);
}

/** Says an instant: the time today, else with its day. `zone` is another branch's than the page's. */
export function instant(at, { zone: asked, today, seconds = false } = {}) {
  const date = typeof at === "number" ? at : Date.parse(at);
  if (!Number.isFinite(date)) return "";
  const zone = zoneFor(asked);
  const time = { timeZone: zone, hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) };
  const day = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" };
  const same = format(day).format(date) === format(day).format(today ?? Date.now());
  return format(same ? time : { ...time, month: "2-digit", day: "2-digit" }).format(date);
}

/** Says an instant in full, with its zone: for who wants to know exactly. */
export const exact = (at, asked) => format({ timeZone: zoneFor(asked), dateStyle: "medium", timeStyle: "long" }).format(Date.parse(at));
