// Today's promises: what is owed to clients, soonest first.
// In: the desk. Out: a list with what can be said about each: kept, tried, dropped.
import { html } from "../base/ui.js";
import { instant, t, word } from "../base/words.js";
import { now as clockNow } from "../base/clock.js";
import { Button } from "../parts/button.js";
import { post } from "../base/api.js";
import { Due } from "../parts/time.js";
import { complain } from "../parts/toast.js";
import { zoneOf } from "./names.js";

/** Due before the branch's midnight, or late already. */
function isOfToday(promise, zone, now) {
  const day = (at) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(at);
  return day(Date.parse(promise.due_at)) <= day(now);
}

export function Promises({ desk, state, now, onChoose }) {
  const promises = Object.values(state.promises)
    .filter((promise) => isOfToday(promise, zoneOf(state.names, promise.branch), now))
    .sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
  return html`<div class="panel promises-panel">
    <div class="panel-head"><h2 class="grow">${t("area.promises")} <span class="count">${promises.length || ""}</span></h2></div>
    ${promises.length === 0
      ? html`<p class="empty">${t("none.promises")}</p>`
      : html`<ul class="scroll list">${promises.map((promise) => html`<li key=${promise.id}>
          <${Owed} promise=${promise} desk=${desk} state=${state} now=${now} onChoose=${onChoose} /></li>`)}</ul>`}
  </div>`;
}

function Owed({ promise, desk, state, now, onChoose }) {
  const tell = async (verb) => {
    try {
      await post(`promises/${promise.id}/${verb}`);
      if (verb !== "tried") desk.store.do({ type: "promise", promise: { ...promise, state: verb === "keep" ? "kept" : "dropped" } });
    } catch (problem) {
      complain(problem);
    }
  };
  const zone = zoneOf(state.names, promise.branch);
  const there = state.cases[promise.case_id];
  return html`<div class="owed">
    <div class="row"><strong>${instant(promise.due_at, { zone, today: clockNow() })}</strong><span>${word("promise", promise.kind)}</span>
      <bdi class="cut quiet">${promise.client_name}</bdi><span class="grow"></span><${Due} at=${promise.due_at} now=${now} zone=${zone} /></div>
    <div class="row"><span class="quiet">${promise.tries ? t("promise.tries", { n: promise.tries }) : ""}</span><span class="grow"></span>
      ${there && html`<${Button} small kind="plain" onClick=${() => onChoose(promise.case_id)}>${t("act.open")}</${Button}>`}
      <${Button} small onClick=${() => tell("keep")}>${t("act.keep")}</${Button}>
      <${Button} small onClick=${() => tell("tried")}>${t("act.tried")}</${Button}>
      <${Button} small kind="plain" onClick=${() => tell("drop")}>${t("act.drop")}</${Button}></div>
  </div>`;
}
