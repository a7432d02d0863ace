// Why the case is here: each decision of the journal, with its reason.
// In: the case at hand. Out: its steps, read when somebody opens them. Never here: a guess.
import { get } from "../base/api.js";
import { html, useEffect, useState } from "../base/ui.js";
import { t } from "../base/words.js";
import { complain } from "../parts/toast.js";
import { Steps } from "./board/case.js";
import { agentName, queueName, zoneOf } from "./names.js";

export function Why({ chosen, state }) {
  const [steps, setSteps] = useState(null);
  const [open, setOpen] = useState(false);
  const read = async () => {
    try {
      setSteps((await get(`cases/${chosen.id}/explain`)).steps);
    } catch (problem) {
      complain(problem);
    }
  };
  useEffect(() => { if (open) read(); }, [open, chosen.seq]);
  const name = (id) => queueName(state.names, agentName(state.names, id));
  return html`<details class="fold" onToggle=${(event) => setOpen(event.currentTarget.open)}><summary class="fold-head"><h2>${t("area.why")}</h2></summary>
    ${steps && html`<${Steps} steps=${steps} zone=${zoneOf(state.names, chosen.branch)} name=${name} />`}
  </details>`;
}
