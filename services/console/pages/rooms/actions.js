// What can be done about a case: one button and one key each, with a question where one is needed.
// In: the case at hand. Out: commands; each says what became of it. Never here: whether it may be
// done now; the house decides that, and its refusal is shown in words.
import { get } from "../base/api.js";
import { now } from "../base/clock.js";
import { instantOf, isForeign, wall, zoneName } from "../base/zone.js";
import { html, useEffect, useState } from "../base/ui.js";
import { t, word } from "../base/words.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { complain, say } from "../parts/toast.js";
import { queueName, zoneOf } from "./names.js";

const KINDS = ["enquiry", "complaint", "suggestion", "report", "referral", "incident", "account", "onboarding"];
const OUTCOMES = ["solved", "unsolved", "duplicate", "spam"];

/** Which actions stand for which state, with their keys. */
const SHOWN = {
  active: [["transfer", "t"], ["consult", "q"], ["promise", "p"], ["upset", "u"], ["dialect", "l"], ["rekind", "k"], ["pend", "g"], ["close", "w"]],
  wrap_up: [["done", "w"], ["consult", "q"], ["promise", "p"]],
  pending: [["transfer", "t"], ["consult", "q"], ["promise", "p"], ["rekind", "k"]],
};
const PLAIN = ["upset", "done"];

export function Actions({ desk, state, chosen }) {
  const [asks, setAsks] = useState(null);
  const give = async (type, fields = {}) => {
    await desk.send(type, { case_id: chosen.id, ...fields });
    say(t(`done.${type === "callback" ? "promise" : type}`));
    if (type === "note") desk.readTalk(chosen.id);
  };
  const press = async (name) => {
    if (!PLAIN.includes(name)) return setAsks(name);
    try {
      await give(name);
    } catch (problem) {
      complain(problem);
    }
    return undefined;
  };
  const upset = chosen.marks?.includes("upset");
  const Question = asks && QUESTIONS[asks];
  return html`<section class="fold" aria-labelledby="actions-head">
    <h2 id="actions-head" class="fold-head">${t("area.actions")}</h2>
    <div class="actions">${SHOWN[chosen.state].map(([name, keys]) => html`<${Button} key=${name} small keys=${keys}
      kind=${name === "close" || name === "done" ? "main" : ""} disabled=${name === "upset" && upset} aria-pressed=${name === "upset" ? Boolean(upset) : undefined}
      onClick=${() => press(name)}>${t(`act.${name}`)}</${Button}>`)}</div>
    ${Question && html`<${Question} give=${give} state=${state} chosen=${chosen} onClose=${() => setAsks(null)} />`}
  </section>`;
}

/** What there is to choose from before the house named it. */
const NOTHING = { queues: [], agents: [], branches: [] };

/** Says that there is nothing to choose from yet. */
const Coming = ({ names }) => !names && html`<p class="alert info" role="status">${t("names.coming")}</p>`;

const QUESTIONS = { transfer: Transfer, consult: Consult, promise: Promised, dialect: Dialect, pend: Pend, rekind: Rekind, close: Close };

function Transfer({ give, state, chosen, onClose }) {
  const names = state.names ?? NOTHING;
  const [to, setTo] = useState("");
  const [away, setAway] = useState(new Set());
  useEffect(() => {
    const read = ({ items }) => setAway(new Set(items.filter((agent) => agent.state === "away").map((agent) => agent.id)));
    get(`agents?branch=${chosen.branch}`).then(read, complain);
  }, []);
  const here = names.queues.filter((queue) => queue.id !== chosen.queue);
  const near = (a, b) => (b.branch === chosen.branch) - (a.branch === chosen.branch);
  const branch = (id) => names.branches.find((known) => known.id === id)?.name ?? id;
  const options = [
    ["", "–"],
    ...here.sort(near).map((queue) => [`queue ${queue.id}`, `${t("act.transfer.queue")} · ${queue.name}${queue.branch === chosen.branch ? "" : ` (${branch(queue.branch)})`}`]),
    ...names.agents
      .filter((agent) => agent.id !== chosen.agent)
      .sort((a, b) => away.has(a.id) - away.has(b.id))
      .map((agent) => [`agent ${agent.id}`, `${t("act.transfer.agent")} · ${agent.name}${away.has(agent.id) ? ` (${t("act.transfer.away")})` : ""}`]),
  ];
  const [what, id] = to.split(" ");
  return html`<${Dialog} title=${t("act.transfer")} send=${t("act.transfer")} ready=${to !== ""} onClose=${onClose} onSend=${() => give("transfer", { to: { [what]: id } })}>
    <${Field} kind="select" label=${t("act.transfer.to")} value=${to} onInput=${setTo} options=${options} autofocus />
    <${Coming} names=${state.names} />
  </${Dialog}>`;
}

function Consult({ give, onClose }) {
  const [text, setText] = useState("");
  return html`<${Dialog} title=${t("act.consult")} send=${t("do.ok")} ready=${text.trim() !== ""} onClose=${onClose} onSend=${() => give("note", { text: t("consult.prefix") + text.trim() })}>
    <${Field} kind="text-area" label=${t("act.note")} hint=${t("act.consult.hint")} value=${text} onInput=${setText} rows=${4} dir="auto" autofocus />
  </${Dialog}>`;
}

/** A hint, with the zone where the reader's own clock shows another time. */
const inZone = (hint, zone) => (isForeign(zone) ? `${hint} · ${t("zone.is", { zone: zoneName(zone) })}` : hint);

function Promised({ give, state, chosen, onClose }) {
  const zone = zoneOf(state.names, chosen.branch);
  const [at, setAt] = useState(wall(Math.ceil((now() + 30 * 60_000) / 300_000) * 300_000, zone));
  const [number, setNumber] = useState("");
  const send = () => give("callback", { at: instantOf(at, zone), ...(number.trim() && { number: number.trim() }) });
  return html`<${Dialog} title=${t("act.promise")} ready=${at !== ""} onClose=${onClose} onSend=${send}>
    <${Field} kind="datetime-local" label=${t("promise.at")} hint=${inZone(t("act.promise.hint"), zone)} value=${at} onInput=${setAt} min=${wall(now(), zone)} required autofocus />
    <${Field} kind="tel" label=${t("promise.number")} hint=${t("promise.number.hint")} value=${number} onInput=${setNumber} autocomplete="off" />
  </${Dialog}>`;
}

function Dialect({ give, state, onClose }) {
  const languages = state.names?.languages ?? [];
  const [wanted, setLanguage] = useState("");
  const language = wanted || (languages[0] ?? "");
  return html`<${Dialog} title=${t("act.dialect")} ready=${language !== ""} onClose=${onClose} onSend=${() => give("dialect", { language })}>
    <${Field} kind="select" label=${t("act.language")} value=${language} onInput=${setLanguage} options=${languages.map((one) => [one, word("language", one)])} autofocus />
    <${Coming} names=${state.names} />
  </${Dialog}>`;
}

function Pend({ give, state, chosen, onClose }) {
  const zone = zoneOf(state.names, chosen.branch);
  const [until, setUntil] = useState("");
  return html`<${Dialog} title=${t("act.pend")} onClose=${onClose} onSend=${() => give("pend", until ? { until: instantOf(until, zone) } : {})}>
    <${Field} kind="datetime-local" label=${t("act.pend.until")} hint=${inZone(t("act.pend.hint"), zone)} value=${until} onInput=${setUntil} min=${wall(now(), zone)} autofocus />
  </${Dialog}>`;
}

function Rekind({ give, state, chosen, onClose }) {
  const [kind, setKind] = useState(chosen.kind);
  const [queue, setQueue] = useState("");
  const queues = (state.names ?? NOTHING).queues.filter((known) => known.branch === chosen.branch && known.kinds.includes(kind));
  const options = [["", "–"], ...queues.map((known) => [known.id, queueName(state.names, known.id)])];
  return html`<${Dialog} title=${t("act.rekind")} ready=${kind !== chosen.kind || queue !== ""} onClose=${onClose} onSend=${() => give("rekind", { kind, ...(queue && { queue }) })}>
    <${Field} kind="select" label=${t("fact.kind")} value=${kind} onInput=${(next) => { setKind(next); setQueue(""); }} options=${KINDS.map((one) => [one, word("kind", one)])} autofocus />
    <${Field} kind="select" label=${t("fact.queue")} value=${queue} onInput=${setQueue} options=${options} />
    <${Coming} names=${state.names} />
  </${Dialog}>`;
}

function Close({ give, onClose }) {
  const [outcome, setOutcome] = useState("solved");
  return html`<${Dialog} title=${t("act.close")} send=${t("act.close")} onClose=${onClose} onSend=${() => give("close", { outcome })}>
    <${Field} kind="select" label=${t("act.outcome")} value=${outcome} onInput=${setOutcome} options=${OUTCOMES.map((one) => [one, word("outcome", one)])} autofocus />
  </${Dialog}>`;
}
