// A field with its name, a hint, and what is wrong with it.
// In: value and `onInput(text)`. Out: a label and a control that belong together.
import { html, useId } from "../base/ui.js";

export function Field({ label, hint, wrong, kind = "text", value, onInput, options, rows, hideLabel, ...rest }) {
  const id = useId();
  const said = [hint && `${id}h`, wrong && `${id}w`].filter(Boolean).join(" ") || undefined;
  const common = { id, class: "input", "aria-describedby": said, "aria-invalid": wrong ? "true" : undefined, ...rest };
  const input = (event) => onInput?.(event.currentTarget.value);
  return html`<div class="field">
    <label for=${id} class=${hideLabel ? "unseen" : ""}>${label}</label>
    ${kind === "select" && html`<select ...${common} value=${value} onChange=${input}>
      ${options.map(([key, name]) => html`<option key=${key} value=${key} selected=${key === value}>${name}</option>`)}
    </select>`}
    ${kind === "text-area" && html`<textarea ...${common} rows=${rows ?? 3} value=${value} onInput=${input}></textarea>`}
    ${kind !== "select" && kind !== "text-area" && html`<input ...${common} type=${kind} value=${value} onInput=${input} />`}
    ${hint && html`<span class="hint" id=${`${id}h`}>${hint}</span>`}
    ${wrong && html`<span class="wrong" id=${`${id}w`}>${wrong}</span>`}
  </div>`;
}
