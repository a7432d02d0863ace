// The agents of the shift: state, since when, how much they hold.
// In: agents, what sets one away. Out: a table, the ready ones first. Never here: a user.
import { html } from "../../base/ui.js";
import { now } from "../../base/clock.js";
import { span, t, word } from "../../base/words.js";
import { Badge } from "../../parts/badge.js";

const OFF = ["sign_in", "sign_off", "lost"];
const ORDER = ["ready", "full", "away", "offline"];

/** Where an agent stands: who never was ready, or is gone, is off duty. */
export function standing(agent) {
  if (agent.state === "ready") return agent.used >= agent.units ? "full" : "ready";
  return agent.reason === null || OFF.includes(agent.reason) ? "offline" : "away";
}

const TONE = { ready: "good", full: "accent", away: "warn", offline: "" };

export function Agents({ agents, onAway }) {
  const groups = agents.map((agent) => [standing(agent), agent]);
  const shown = [...groups].sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const count = (name) => groups.filter(([group]) => group === name).length;
  return html`<section class="panel board-agents" aria-labelledby="agents">
    <div class="panel-head"><h2 id="agents" class="grow">${t("board.agents")}</h2>
      ${ORDER.filter(count).map((name) => html`<${Badge} key=${name} tone=${TONE[name]}>${t(`agents.${name}`)} ${count(name)}</${Badge}>`)}</div>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="agents">
      ${shown.length === 0 ? html`<p class="empty">${t("board.agents.none")}</p>` : html`<table class="table tight">
        <caption class="unseen">${t("board.agents")}</caption>
        <thead><tr>${["name", "state", "since", "load"].map((key) => html`<th scope="col" key=${key} class=${key === "since" ? "number" : ""}>${t(`col.${key}`)}</th>`)}
          <th scope="col"><span class="unseen">${t("col.do")}</span></th></tr></thead>
        <tbody>${shown.map(([group, agent]) => html`<tr key=${agent.id} class=${group === "offline" ? "off" : ""}>
          <th scope="row" class="cut">${agent.name} <span class="quiet figures">${agent.id}</span></th>
          <td class="nowrap"><span class="row"><span class=${`dot ${TONE[group]}`}></span>${t(`agents.${group}`)}${group === "away" && agent.reason ? html`<span class="quiet">${word("reason", agent.reason)}</span>` : ""}</span></td>
          <td class="number">${agent.since ? span((now() - Date.parse(agent.since)) / 1000) : t("fig.none")}</td>
          <td><${Load} used=${agent.used} units=${agent.units} /></td>
          <td class="deeds">${agent.state === "ready" && html`<button type="button" class="button small" aria-label=${`${t("act.set_away")} ${agent.name}`} onClick=${() => onAway(agent)}>${t("act.set_away")}</button>`}</td>
        </tr>`)}</tbody>
      </table>`}
    </div>
  </section>`;
}

/** One block per unit; full ones are held. */
function Load({ used, units }) {
  const blocks = Math.min(Math.max(units, used), 8);
  return html`<span class="load" title=${t("agents.load", { used, units })}><span class="unseen">${t("agents.load", { used, units })}</span>
    ${Array.from({ length: blocks }, (_, at) => html`<i key=${at} aria-hidden="true" class=${at < used ? (at >= units ? "over" : "held") : ""}></i>`)}
    <span class="quiet" aria-hidden="true">${used}/${units}</span></span>`;
}
