// A short word in a coloured pill; the word says all, the colour repeats it.
import { html } from "../base/ui.js";

export const Badge = ({ tone = "", children, title }) => html`<span class=${`badge ${tone}`} title=${title}>${children}</span>`;
