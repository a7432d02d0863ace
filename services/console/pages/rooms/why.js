// Why the case is here: each decision of the journal, with its reason.
// In: the case at hand. Out: its steps, read when somebody opens them. Never here: a guess.
import { get } from "../base/api.js";
import { now } from "../base/clock.js";
import { html, useState } from "../base/ui.js";
import { has, instant, span, t, word } from "../base/words.js";
import { complain } from "../parts/toast.js";
import { agentName, zoneOf } from "./names.js";

const COUNTS = ["candidates", "away", "busy", "unskilled", "excluded"];

export function Why({ chosen, state }) {
  const [steps, setSteps] = useState(null);
  const read = async (event) => {
    if (!event.currentTarget.open) return;
    try {
      setSteps((await get(`cases/${chosen.id}/explain`)).steps);
    } catch (problem) {
      complain(problem);
    }
  };
  return html`<details class="fold" onToggle=${read}><summary class="fold-head"><h2>${t("area.why")}</h2></summary>
    ${steps && html`<ol class="steps-list">${steps.map((step, at) => html`<${Step} key=${at} step=${step} state=${state} zone=${zoneOf(state.names, chosen.branch)} />`)}</ol>`}
  </details>`;
}

function Step({ step, state, zone }) {
  const { reason } = step;
  const agent = step.agent ? agentName(state.names, step.agent) : "";
  const name = has(`step.${step.what}`) ? t(`step.${step.what}`, { agent }) : step.what;
  return html`<li title=${step.text}><div class="row"><strong class="cut">${name}</strong><span class="grow"></span><time class="quiet" dateTime=${step.at}>${instant(step.at, { zone, today: now(), seconds: true })}</time></div>
    ${step.by && html`<p class="quiet">${t("why.by", { by: agentName(state.names, step.by) })}</p>`}
    ${step.rules && html`<p class="quiet">${t("why.rules", { rules: step.rules.join(", ") })}</p>`}
    ${reason && html`<p>${word("choice", reason.choice)}</p><p class="quiet">${COUNTS.filter((key) => reason[key]).map((key) => t(`why.${key}`, { n: reason[key] })).join(" · ")}
      ${reason.slack_s === null ? "" : ` · ${reason.slack_s < 0 ? t("why.over", { span: span(-reason.slack_s) }) : t("why.slack", { span: span(reason.slack_s) })}`}</p>`}
  </li>`;
}
