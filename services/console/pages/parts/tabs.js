// Tabs: one of several panels at a time; arrows move between them.
// In: `items` of [key, name, count?], the chosen key. Out: the row of tabs; the panel is the
// caller's, with `id=panel-KEY` and `aria-labelledby=tab-KEY`.
import { html } from "../base/ui.js";

export function Tabs({ items, chosen, onChoose, label }) {
  const step = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = items.findIndex(([key]) => key === chosen);
    const [next] = items[(at + by + items.length) % items.length];
    onChoose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} onKeyDown=${step}>
    ${items.map(([key, name, count]) => html`<button
      key=${key} type="button" role="tab" class="tab" id=${`tab-${key}`} aria-controls=${`panel-${key}`}
      aria-selected=${key === chosen} tabindex=${key === chosen ? 0 : -1} onClick=${() => onChoose(key)}
    >${name}${count ? html` <span class="badge accent">${count}</span>` : ""}</button>`)}
  </div>`;
}
