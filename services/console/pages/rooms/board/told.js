// Who was told what, latest first: warnings, breaches, upset clients, promises that come due.
// In: words of the house. Out: a list; choosing one opens its case. Never here: the telling.
import { html } from "../../base/ui.js";
import { t, word } from "../../base/words.js";
import { Badge } from "../../parts/badge.js";
import { caseNumber } from "../../parts/number.js";
import { Time } from "../../parts/time.js";

const TONE = { breach: "bad", promise_late: "bad", upset: "bad", warn: "warn", promise_due: "warn", no_speaker: "warn" };

export function Told({ told, onOpen }) {
  if (told.length === 0) return html`<p class="empty">${t("board.told.none")}</p>`;
  return html`<ul class="told">${told.map((one) => html`<li key=${`${one.at}${one.case_id}${one.who}${one.why}`} class="row">
    <${Time} at=${one.at} seconds />
    <${Badge} tone=${TONE[one.why] ?? ""}>${word("told", one.why)}</${Badge}>
    <button type="button" class="link figures" onClick=${() => onOpen(one.case_id)}>${caseNumber(one.case_id)}</button>
    <span class="cut grow">${one.queue_name ?? ""}</span>
    <span class="quiet cut">→ ${one.who_name}</span>
  </li>`)}</ul>`;
}
