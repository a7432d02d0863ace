// A plain table with a caption for those who do not see it.
// In: `columns` of {key, name, number?, cell(row)}, `rows`, `id(row)`. Out: a table; where nothing
// is in it, words that say so.
import { html } from "../base/ui.js";

export function Table({ caption, columns, rows, id, empty, onRow }) {
  if (rows.length === 0 && empty) return html`<p class="empty">${empty}</p>`;
  return html`<table class="table">
    <caption class="unseen">${caption}</caption>
    <thead><tr>${columns.map((column) => html`<th key=${column.key} scope="col" class=${column.number ? "number" : ""}>${column.name}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${id(row)} onClick=${onRow && (() => onRow(row))}>
      ${columns.map((column) => html`<td key=${column.key} class=${column.number ? "number" : ""}>${column.cell(row)}</td>`)}
    </tr>`)}</tbody>
  </table>`;
}
