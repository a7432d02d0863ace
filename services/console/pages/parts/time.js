// Instants and spans as people read them, with the machine's form beside.
import { exact, instant, span, t } from "../base/words.js";
import { now } from "../base/clock.js";
import { html } from "../base/ui.js";

/** An instant on the clock of the page's branch, or of another one. */
export function Time({ at, zone, seconds }) {
  if (!at) return null;
  return html`<time dateTime=${at} title=${exact(at, zone)}>${instant(at, { zone, seconds, today: now() })}</time>`;
}

/** How far an instant is, from now: 还剩 3 分, 已超时 2 分; give `now` so that it is drawn again. */
export function Due({ at, now: current, zone }) {
  if (!at) return null;
  const left = (Date.parse(at) - current) / 1000;
  const tone = left < 0 ? "bad" : left < 120 ? "warn" : "";
  return html`<span class=${`badge ${tone}`} title=${exact(at, zone)}>${left < 0 ? t("due.over", { span: span(-left) }) : t("due.left", { span: span(left) })}</span>`;
}
