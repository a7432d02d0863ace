// A text that somebody else wrote: shown as it is, and never as anything but a text.
// In: any text, long, right to left, hostile. Out: a paragraph that keeps its lines, its direction
// and its room; beyond some lines it is folded. Never here: markup, links.
import { html, useState } from "../base/ui.js";
import { t } from "../base/words.js";

const LINES_MAX = 10;
const SIGNS_MAX = 300;

export function Text({ children }) {
  const [open, setOpen] = useState(false);
  const text = wellFormed(children ?? "");
  const lines = text.split("\n");
  const long = lines.length > LINES_MAX || text.length > SIGNS_MAX;
  const shown = long && !open ? `${cut(lines.slice(0, LINES_MAX).join("\n"))}…` : text;
  return html`<div class="text">
    <p dir="auto"><bdi>${shown}</bdi></p>
    ${long && html`<button type="button" class="button plain small" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? t("do.less") : t("do.more")}</button>`}
  </div>`;
}

/** One line of it, for lists. */
export const Line = ({ children }) => html`<bdi class="cut" dir="auto">${cut(wellFormed(children ?? "").replace(/\s+/g, " "), 120)}</bdi>`;

const cut = (text, most = SIGNS_MAX) => wellFormed(text.slice(0, most));
const wellFormed = (text) => text.toWellFormed?.() ?? text;
