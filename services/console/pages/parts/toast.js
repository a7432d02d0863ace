// Short words at the foot of the page: done, or refused and why.
// In: `say(text)`, `complain(problem)`. Out: a note that goes by itself, a complaint that stays
// until it is read. Never here: a question.
import { html } from "../base/ui.js";
import { makeStore, useStore } from "../base/store.js";
import { refusal, t } from "../base/words.js";

const STAYS_MS = 4000;
const SHOWN_MAX = 3;
let count = 0;

const notes = makeStore((state, action) => {
  if (action.drop) return state.filter((note) => note.id !== action.drop);
  const others = state.filter((note) => note.text !== action.text);
  return [...others, action].slice(-SHOWN_MAX);
}, []);

function show(text, bad) {
  const id = ++count;
  notes.do({ id, text, bad });
  if (!bad) setTimeout(() => notes.do({ drop: id }), STAYS_MS);
}

export const say = (text) => show(text, false);
export const complain = (problem, values) => show(refusal(problem, values), true);

export function Toasts() {
  const shown = useStore(notes);
  return html`<div class="toasts">
    <div class="stack" role="status">${shown.filter((note) => !note.bad).map((note) => html`<p class="toast" key=${note.id}>${note.text}</p>`)}</div>
    <div class="stack" role="alert">${shown.filter((note) => note.bad).map((note) => html`<p class="toast bad" key=${note.id}><span class="grow">${note.text}</span>
      <button type="button" class="button plain small" onClick=${() => notes.do({ drop: note.id })}>${t("do.read")}</button></p>`)}</div>
  </div>`;
}
