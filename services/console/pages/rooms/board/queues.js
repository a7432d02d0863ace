// The board of queues: who waits, how long, whether promises are kept, who is free.
// In: the house's figures. Out: a table; colour repeats what a number says. Choosing a queue narrows
// the list of cases to it. Never here: a case.
import { html } from "../../base/ui.js";
import { span, t, ticking } from "../../base/words.js";

/** Shares at which a queue's day is good, or in danger. */
const GOOD = 0.9;
const FAIR = 0.8;

const share = (value) => (value === null ? t("fig.none") : `${Math.floor(value * 1000) / 10}%`);
const toneOf = (value) => (value === null ? "" : value >= GOOD ? "good" : value >= FAIR ? "warn" : "bad");
const spanOf = (value) => (value === null ? t("fig.none") : span(value));

export function Queues({ queues, chosen, onChoose }) {
  return html`<section class="panel board-queues" aria-labelledby="queues">
    <div class="panel-head"><h2 id="queues">${t("board.queues")}</h2></div>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="queues">
      <table class="table tight">
        <caption class="unseen">${t("board.queues")}</caption>
        <thead><tr>
          <th scope="col">${t("fig.queue")}</th>
          ${["waiting", "late", "endangered", "oldest", "predicted_wait", "attainment", "ready"].map(
            (name) => html`<th scope="col" class="number" key=${name}>${t(`fig.${name}`)}</th>`,
          )}
        </tr></thead>
        <tbody>${queues.map((queue) => {
          const on = chosen === queue.id;
          return html`<tr key=${queue.id} class=${`${queue.late > 0 ? "bad" : queue.endangered > 0 ? "warn" : ""} ${on ? "chosen" : ""}`}>
            <th scope="row"><button type="button" class="link" aria-pressed=${on} onClick=${() => onChoose(on ? null : queue.id)}>${queue.name}</button></th>
            <td class=${`number big ${queue.waiting ? "" : "nil"}`}>${queue.waiting}</td>
            <td class=${`number ${queue.late ? "tone-bad" : "nil"}`}>${queue.late}</td>
            <td class=${`number ${queue.endangered ? "tone-warn" : "nil"}`}>${queue.endangered}</td>
            <td class=${`number ${queue.oldest_s === null ? "nil" : ""}`}>${queue.oldest_s === null ? t("fig.none") : ticking(queue.oldest_s)}</td>
            <td class=${`number ${queue.predicted_wait_s ? "" : "nil"}`}>${spanOf(queue.predicted_wait_s)}</td>
            <td class=${`number ${queue.attainment === null ? "nil" : ""}`}><span class=${`tone-${toneOf(queue.attainment)}`}>${share(queue.attainment)}</span></td>
            <td class=${`number ${queue.ready_agents ? "" : queue.waiting ? "tone-bad" : "nil"}`}>${queue.ready_agents}</td>
          </tr>`;
        })}</tbody>
      </table>
    </div>
  </section>`;
}
