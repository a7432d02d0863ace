// Beside the agents: who was told what, and the notices under way.
// In: polls of both. Out: two tabs; what the house does not have is not shown. Never here: rows.
import { html, useState } from "../../base/ui.js";
import { t } from "../../base/words.js";
import { Tabs } from "../../parts/tabs.js";
import { Notices } from "./notices.js";
import { Told } from "./told.js";

export function Side({ told, alerts, branches, branch, onOpen, onDone }) {
  const [chosen, choose] = useState("told");
  const mine = (one) => !branch || one.branch === branch;
  const words = (told.data?.items ?? []).filter(mine);
  const notices = (alerts.data?.items ?? []).filter(mine);
  const running = notices.filter((one) => one.state === "running" || one.state === "paused").length;
  const items = [["told", t("board.told")], ["notices", t("page.alerts"), running || undefined]];
  return html`<section class="panel board-side" aria-labelledby="side">
    <h2 id="side" class="unseen">${t("board.told")}, ${t("page.alerts")}</h2>
    <${Tabs} items=${items} chosen=${chosen} onChoose=${choose} label=${t("board.told")} />
    ${items.map(([key]) => html`<div key=${key} class="scroll" id=${`panel-${key}`} role="tabpanel" tabindex="0" aria-labelledby=${`tab-${key}`} hidden=${key !== chosen}>
      ${key === chosen && (key === "told"
        ? html`<${Told} told=${words} onOpen=${onOpen} />`
        : html`<${Notices} notices=${notices} may branches=${branches} onDone=${onDone} />`)}
    </div>`)}
  </section>`;
}
