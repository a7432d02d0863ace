// Finding a case: by its id, the number on screen, or the client's phone.
// In: what is typed. Out: the case, or a choice of several. Never here: a client's data.
import { all, get } from "../../base/api.js";
import { html, useState } from "../../base/ui.js";
import { refusal, t, word } from "../../base/words.js";
import { Dialog } from "../../parts/dialog.js";
import { caseNumber } from "../../parts/number.js";
import { Time } from "../../parts/time.js";

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NUMBER = /^[0-9a-f]{6}$/i;
/** What a client was told: twelve digits, read out in groups. */
const TOLD = /^\d{4}[- ]?\d{4}[- ]?\d{4}$/;
const OF_CLIENTS = 3;

async function find(text, known) {
  if (ID.test(text)) return [await get(`cases/${text.toLowerCase()}`)];
  if (NUMBER.test(text)) return among(known, (one) => caseNumber(one.id) === text.toUpperCase());
  if (TOLD.test(text)) return among(known, (one) => one.number.replaceAll("-", "") === text.replace(/\D/g, ""));
  const clients = (await get(`clients?address=${encodeURIComponent(text)}`)).items.slice(0, OF_CLIENTS);
  const lists = await Promise.all(clients.map((client) => get(`cases?limit=20&client_id=${client.id}`)));
  return lists.flatMap((list) => list.items);
}

/** Looks among those at hand, then among the last ones. */
async function among(known, called) {
  const near = known.filter(called);
  return near.length > 0 ? near : (await all("cases")).filter(called);
}

export function Search({ known, onFound }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState(null);
  const [wrong, setWrong] = useState("");
  const seek = async (event) => {
    event.preventDefault();
    const wanted = text.trim().replace(/^#/, "");
    if (!wanted) return;
    setWrong("");
    try {
      const cases = await find(wanted, known);
      if (cases.length === 0) setWrong(t("board.search.none"));
      else if (cases.length === 1) onFound(cases[0]);
      else setFound(cases);
    } catch (problem) {
      setWrong(problem.code === "not_found" ? t("board.search.none") : refusal(problem));
    }
  };
  const take = (one) => {
    setFound(null);
    onFound(one);
  };
  return html`<form class="row search" role="search" onSubmit=${seek}>
    <input type="search" class="input" data-key="s" aria-keyshortcuts="Alt+S" aria-label=${t("board.search")} placeholder=${`${t("board.search.hint")}  Alt+S`} value=${text} onInput=${(event) => { setText(event.currentTarget.value); setWrong(""); }} />
    <span role="status" class="search-none">${wrong && html`<span class="badge warn">${wrong}</span>`}</span>
    ${found && html`<${Dialog} title=${t("board.search.found")} onClose=${() => setFound(null)}>
      <ul class="stack">${found.map((one) => html`<li key=${one.id}><button type="button" class="button wide" onClick=${() => take(one)}>
        <span class="figures">${caseNumber(one.id)}</span> ${word("kind", one.kind)} · ${one.queue_name} · ${word("case", one.state)} · <${Time} at=${one.opened_at} /></button></li>`)}</ul>
    </${Dialog}>`}
  </form>`;
}
