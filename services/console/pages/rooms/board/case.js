// One case as a shift leader looks into it: what it is, who has it, and how it came to him.
// In: a case's id. Out: a sheet with facts and the way it was routed, in words. Never here: what the
// client wrote; who needs that opens it where looks are recorded with their reason.
import { html, useEffect } from "../../base/ui.js";
import { now } from "../../base/clock.js";
import { usePoll } from "../../base/poll.js";
import { has, refusal, span, t, ticking, word } from "../../base/words.js";
import { Badge } from "../../parts/badge.js";
import { Button } from "../../parts/button.js";
import { caseNumber } from "../../parts/number.js";
import { Proof } from "../../parts/proof.js";
import { Sheet } from "../../parts/sheet.js";
import { Time } from "../../parts/time.js";

const LOOK_MS = 3000;
/** What somebody did himself; the rest follows from something. */
const BY = ["transferred", "raised", "excluded", "rekinded", "noted", "pended", "wrapped_up", "closed", "promised", "marked"];

export function CaseSheet({ item, zone, name, deeds, listed, onStep, onClose }) {
  const explained = usePoll(`cases/${item.id}/explain`, LOOK_MS);
  const steps = explained.data?.steps.length ?? 0;
  useEffect(() => { onStep(); }, [steps, listed]);
  const waits = item.state === "waiting" || item.state === "offered";
  const closed = item.state === "closed";
  const foot = !closed && html`
    <${Button} onClick=${() => deeds.recuse(item)}>${t("act.recuse")}</${Button}>
    <${Button} onClick=${() => deeds.transfer(item)}>${t("act.transfer")}</${Button}>
    ${waits && item.priority !== "first" && html`<${Button} onClick=${() => deeds.raise(item)}>${t("act.raise")}</${Button}>`}
    ${waits && deeds.take && html`<${Button} onClick=${() => deeds.take(item)}>${t("act.take")}</${Button}>`}
    <${Button} kind="main" onClick=${() => deeds.assign(item)}>${t("act.assign")}</${Button}>`;
  return html`<${Sheet} title=${t("case.title", { no: caseNumber(item.id) })} foot=${foot} onClose=${onClose}>
    <${Facts} item=${item} zone=${zone} name=${name} />
    <h3>${t("explain.title")}</h3>
    ${explained.problem && !explained.data ? html`<p class="alert">${refusal(explained.problem)}</p>` : html`<${Steps} steps=${explained.data?.steps} zone=${zone} name=${name} />`}
  </${Sheet}>`;
}

function Facts({ item, zone, name }) {
  const rule = /^\d+$/.test(item.target_rule) ? t("rule.place", { n: item.target_rule }) : word("rule", item.target_rule);
  const left = item.due_at && (Date.parse(item.due_at) - now()) / 1000;
  const skills = Object.entries(item.skills ?? {}).map(([skill, level]) => `${skill} ${level}`).join(" · ");
  const rows = [
    ["col.state", html`${word("case", item.state)} ${item.priority === "first" && html`<${Badge} tone="accent">${t("mark.first")}</${Badge}>`}
      ${(item.marks ?? []).map((mark) => html`<${Badge} key=${mark} tone="bad">${word("mark", mark)}</${Badge}>`)}`],
    ["case.number", html`<span class="figures">${item.number}</span>`],
    ["col.kind", `${word("kind", item.kind)} · ${word("channel", item.channel)} · ${t("case.contacts", { n: item.contacts_total })}`],
    ["col.queue", item.queue_name],
    ["col.owner", `${item.owner_name} ${item.owner}`],
    ["col.agent", item.agent ? `${item.agent_name} ${item.agent}` : t("case.nobody")],
    ["case.client.class", word("class", item.class)],
    ["case.opened", html`<${Time} at=${item.opened_at} zone=${zone} seconds />`],
    item.answered_at && ["fact.answered", html`<${Time} at=${item.answered_at} zone=${zone} seconds /> <${Badge} tone=${item.on_time ? "good" : "bad"}>${t(item.on_time ? "fact.on_time" : "fact.late")}</${Badge}>`],
    item.due_at && ["case.due", html`<${Time} at=${item.due_at} zone=${zone} seconds /> <${Badge} tone=${left < 0 ? "bad" : left < 120 ? "warn" : ""}>${left < 0 ? t("due.over", { span: ticking(-left) }) : t("due.left", { span: ticking(left) })}</${Badge}>`],
    ["case.target", t("case.target.value", { span: span(item.target_s), rule })],
    skills && ["case.skills", skills],
    ["case.moved", `${item.transfers} / ${item.declines}`],
    item.linked && ["case.linked", caseNumber(item.linked)],
    item.client_id && ["proof.title", html`<${Proof} client=${item.client_id} about=${item.id} />`],
  ];
  return html`<dl class="facts">${rows.filter(Boolean).map(([key, value]) => html`<dt key=${key}>${t(key)}</dt><dd>${value}</dd>`)}</dl>`;
}

/** The decisions of a journal about a case, one a line. */
export function Steps({ steps, zone, name }) {
  if (!steps) return html`<p class="empty" aria-busy="true"></p>`;
  if (steps.length === 0) return html`<p class="empty">${t("explain.none")}</p>`;
  return html`<ol class="timeline">${steps.map((step, at) => html`<li key=${at} class=${step.what === "late" ? "bad" : ""}>
    <${Time} at=${step.at} zone=${zone} seconds />
    <div><p><strong>${word("step", step.what)}</strong> ${about(step, zone, name)}</p>
    ${step.reason && html`<${Reason} reason=${step.reason} name=${name} />`}</div>
  </li>`)}</ol>`;
}

/** Says a step's facts, the reader's words where there are any. */
function about({ what, facts = {}, by }, zone, name) {
  const cause = facts.cause && ["cause", "decline", "told", "reason"].map((room) => `${room}.${facts.cause}`).find(has);
  const state = facts.state && ["offer", "outcome"].map((room) => `${room}.${facts.state}`).find(has);
  const said = [
    facts.agent && name(facts.agent),
    facts.who && name(facts.who),
    facts.kind && word("kind", facts.kind),
    facts.queue && name(facts.queue),
    state && t(state),
    cause && cause !== state && t(cause),
  ];
  const whole = [...new Set(said.filter(Boolean))].join(" · ");
  const until = facts.until && html`<${Time} at=${facts.until} zone=${zone} seconds />`;
  return html`${whole}${until && html` <span class="quiet">→ ${until}</span>`}${by && BY.includes(what) && html` <span class="quiet">${t("explain.by", { name: name(by) })}</span>`}`;
}

function Reason({ reason, name }) {
  const counts = ["candidates", "away", "busy", "unskilled", "excluded"].filter((key) => key === "candidates" || reason[key] > 0);
  const slack = reason.slack_s !== null && t(reason.slack_s < 0 ? "explain.slack.over" : "explain.slack", { span: span(Math.abs(reason.slack_s)) });
  return html`<div class="reason">
    <p>${[word("choice", reason.choice), ...counts.map((key) => t(`explain.${key}`, { n: reason[key] })), slack, t("explain.queue", { n: reason.waiting }), t("explain.firm", { n: reason.firm_version })].filter(Boolean).join(" · ")}</p>
    ${reason.best.length > 0 && html`<ul class="row wrap">${reason.best.map((one, at) => html`<li key=${one.agent} class=${`badge ${at === 0 ? "accent" : ""}`}>${name(one.agent)} ${t("explain.idle", { span: span(one.idle_s) })}${one.shortfall > 0 ? ` · ${t("explain.shortfall", { n: one.shortfall })}` : ""}</li>`)}</ul>`}
  </div>`;
}
