// The queues of the bus that hold anything.
// In: figures. Out: a table, the fullest first. Never here: a message.
import { html } from "../../base/ui.js";
import { t } from "../../base/words.js";

export function Depths({ bus }) {
  const held = bus.filter((one) => one.messages > 0).sort((a, b) => b.messages - a.messages);
  return html`<section class="panel" aria-labelledby="bus">
    <div class="panel-head"><h2 id="bus">${t("ops.bus")}</h2></div>
    ${held.length === 0 ? html`<p class="empty">${t("ops.bus.none")}</p>` : html`<table class="table tight"><caption class="unseen">${t("ops.bus")}</caption>
      <thead><tr><th scope="col">${t("col.queue")}</th><th scope="col" class="number">${t("ops.messages")}</th></tr></thead>
      <tbody>${held.map((one) => html`<tr key=${one.queue}><th scope="row" class="figures">${one.queue}</th><td class="number">${one.messages}</td></tr>`)}</tbody></table>`}
  </section>`;
}
