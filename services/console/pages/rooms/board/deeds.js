// What a shift leader does: the questions before a deed, and the deed.
// In: which deed, about what. Out: a dialog; the house's answer in words. Never here: a list.
import { post, Problem } from "../../base/api.js";
import { html, useState } from "../../base/ui.js";
import { t, word } from "../../base/words.js";
import { Dialog } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { caseNumber } from "../../parts/number.js";
import { say } from "../../parts/toast.js";
import { standing } from "./agents.js";

const REASONS = ["break", "lunch", "training", "meeting", "callback", "left"];

/** `ask` is `{deed, item}` or `{deed, agent}`. */
export function Deed({ ask, agents, queues, onClose, onDone }) {
  const Question = { assign: Assign, raise: Raise, take: Take, away: Away, recuse: Recuse, transfer: Transfer }[ask.deed];
  return html`<${Question} ...${ask} agents=${agents} queues=${queues} onClose=${onClose} onDone=${onDone} />`;
}

const verb = (item, name, body) => post(`cases/${item.id}/${name}`, body);

function Pick({ title, label, item, agents, first, body, text, onClose, onDone }) {
  // A case is put before those who take offers only; anybody may be kept from one.
  const may = (agent) => first !== "assign" || agent.state === "ready";
  const here = agents.filter((agent) => agent.branch === item.branch && agent.id !== item.agent && may(agent));
  // Those who have room come first, of them those who serve its queue.
  const rank = (agent) => (agent.used < agent.units ? 0 : 2) + (agent.queues.includes(item.queue) ? 0 : 1);
  const options = [...here].sort((a, b) => rank(a) - rank(b));
  const [agent, setAgent] = useState(options[0]?.id ?? "");
  const chosen = options.find((one) => one.id === agent);
  const send = async () => {
    await verb(item, first, { agent }).catch((problem) => {
      // The words for an agent who is full himself are not those for who assigns to him.
      throw problem.code === "over_capacity" ? new Problem("agent_full", problem) : problem;
    });
    onDone();
    say(t(text, { name: chosen?.name ?? agent }));
  };
  const say_of = (one) => `${one.name} ${one.id} · ${t(`agents.${standing(one)}`)} · ${one.used}/${one.units}`;
  return html`<${Dialog} title=${title} send=${body} ready=${Boolean(agent)} onSend=${send} onClose=${onClose}>
    ${options.length === 0
      ? html`<p>${t("assign.none")}</p>`
      : html`<${Field} label=${label} kind="select" value=${agent} onInput=${setAgent} options=${options.map((one) => [one.id, say_of(one)])} autofocus />`}
  </${Dialog}>`;
}

const Assign = (all) => html`<${Pick} ...${all} title=${t("assign.title", { no: caseNumber(all.item.id) })} label=${t("assign.to")} first="assign" body=${t("act.assign")} text="assign.done" />`;
const Recuse = (all) => html`<${Pick} ...${all} title=${t("recuse.title", { no: caseNumber(all.item.id) })} label=${t("recuse.to")} first="recuse" body=${t("act.recuse")} text="recuse.done" />`;

function Sure({ item, name, onClose, onDone, done }) {
  const send = async () => {
    await verb(item, name);
    onDone();
    say(done);
  };
  return html`<${Dialog} title=${t(`${name}.title`, { no: caseNumber(item.id) })} send=${t(`act.${name}`)} onSend=${send} onClose=${onClose}><p>${t(`${name}.text`)}</p></${Dialog}>`;
}

const Raise = (all) => html`<${Sure} ...${all} name="raise" done=${t("act.raise.done")} />`;
const Take = (all) => html`<${Sure} ...${all} name="take" done=${t("take.done")} />`;

function Transfer({ item, queues, onClose, onDone }) {
  const options = queues.filter((queue) => queue.id !== item.queue).map((queue) => [queue.id, queue.name]);
  const [queue, setQueue] = useState(options[0]?.[0] ?? "");
  const send = async () => {
    await verb(item, "transfer", { to: { queue } });
    onDone();
    say(t("transfer.done"));
  };
  return html`<${Dialog} title=${t("transfer.title", { no: caseNumber(item.id) })} send=${t("act.transfer")} ready=${Boolean(queue)} onSend=${send} onClose=${onClose}>
    <${Field} label=${t("transfer.to")} kind="select" value=${queue} onInput=${setQueue} options=${options} autofocus />
  </${Dialog}>`;
}

function Away({ agent, onClose, onDone }) {
  const [reason, setReason] = useState(REASONS[0]);
  const send = async () => {
    await post(`agents/${agent.id}/away`, { reason });
    onDone();
    say(t("away.done", { name: agent.name }));
  };
  return html`<${Dialog} title=${t("away.title", { name: agent.name })} send=${t("act.set_away")} onSend=${send} onClose=${onClose}>
    <${Field} label=${t("away.reason")} kind="select" value=${reason} onInput=${setReason} options=${REASONS.map((one) => [one, word("reason", one)])} autofocus />
    <p class="quiet">${t("away.text")}</p>
  </${Dialog}>`;
}
