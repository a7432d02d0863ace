// The right column: what can be done about the case, what it is, whose it is, why it is here.
// In: the case at hand. Out: actions and facts. Never here: the conversation.
import { useNow } from "../base/clock.js";
import { html } from "../base/ui.js";
import { instant, span, t, word } from "../base/words.js";
import { Badge } from "../parts/badge.js";
import { Due } from "../parts/time.js";
import { Actions } from "./actions.js";
import { ClientCard } from "./client-card.js";
import { caseNumber } from "../parts/number.js";
import { zoneOf } from "./names.js";
import { Subscriptions } from "./subscriptions.js";
import { Why } from "./why.js";

export function CasePanel({ desk, state, chosen }) {
  const now = useNow();
  if (!chosen) return html`<div class="panel nothing"><p class="empty">${t("none.talk")}</p></div>`;
  return html`<div class="panel scroll case-panel">
    <${Actions} desk=${desk} state=${state} chosen=${chosen} />
    <section class="fold" aria-labelledby="facts-head"><h2 id="facts-head" class="fold-head">${t("area.case")}</h2><${Facts} one=${chosen} state=${state} now=${now} /></section>
    <${ClientCard} desk=${desk} state=${state} chosen=${chosen} />
    ${chosen.client_id && html`<${Subscriptions} key=${chosen.client_id} client=${chosen.client_id} about=${chosen.id} state=${state} />`}
    <${Why} chosen=${chosen} state=${state} />
  </div>`;
}

function Facts({ one, state, now }) {
  const zone = zoneOf(state.names, one.branch);
  const at = (time) => instant(time, { zone, today: now });
  const skills = Object.entries(one.skills);
  const facts = [
    [t("fact.no"), html`<span class="figures" title=${one.id}>${caseNumber(one.id)}</span>`],
    [t("case.number"), html`<bdi class="figures">${one.number}</bdi>`],
    [t("fact.state"), html`<${Badge} tone=${one.state === "active" ? "good" : ""}>${word("case", one.state)}</${Badge}>`],
    [t("fact.kind"), word("kind", one.kind)],
    one.priority === "first" && [t("fact.priority"), html`<${Badge} tone="bad">${t("fact.first")}</${Badge}>`],
    [t("fact.queue"), one.queue_name],
    [t("fact.channel"), `${word("channel", one.channel)} · ${one.account}`],
    [t("fact.owner"), html`<bdi>${one.owner_name}</bdi>`],
    one.agent && [t("fact.agent"), html`<bdi>${one.agent_name}</bdi>`],
    [t("fact.opened"), at(one.opened_at)],
    one.due_at && [t("fact.due"), html`${at(one.due_at)} <${Due} at=${one.due_at} now=${now} zone=${zone} />`],
    [t("fact.target"), span(one.target_s)],
    [t("fact.rule"), /^\d+$/.test(one.target_rule) ? t("target.rule", { rule: Number(one.target_rule) + 1 }) : word("target", one.target_rule)],
    one.answered_at && [t("fact.answered"), html`${at(one.answered_at)} <${Badge} tone=${one.on_time ? "good" : "bad"}>${one.on_time ? t("fact.on_time") : t("fact.late")}</${Badge}>`],
    one.until && [t("fact.until"), at(one.until)],
    skills.length > 0 && [t("fact.skills"), skills.map(([skill, level]) => `${word("language", skill)} ${level}`).join(", ")],
    one.linked && [t("fact.linked"), html`<span class="figures" title=${one.linked}>${caseNumber(one.linked)}</span>`],
    one.transfers > 0 && [t("fact.transfers"), one.transfers],
  ];
  return html`<dl class="facts">${facts.filter(Boolean).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
