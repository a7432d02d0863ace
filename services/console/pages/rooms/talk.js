// The conversation: one history of the client over all channels, and the box to answer in.
// In: the case at hand and its talk. Out: what was said, oldest first, with where each answer
// stands. Never here: markup of a client's text.
import { now as clockNow } from "../base/clock.js";
import { html, useLayoutEffect, useRef, useState } from "../base/ui.js";
import { instant, t, word } from "../base/words.js";
import { Badge } from "../parts/badge.js";
import { Icon } from "../parts/icon.js";
import { Text } from "../parts/text.js";
import { caseNumber } from "../parts/number.js";
import { agentName, callerOf, size, zoneOf } from "./names.js";
import { outcome } from "./outcome.js";
import { Reply } from "./reply.js";

const TONES = { delivered: "good", failed: "bad", expired: "bad", withheld: "bad", unknown: "warn" };
/** So near to its end a history follows what comes. */
const NEAR_PX = 80;

export function Talk({ desk, state, chosen }) {
  const [only, setOnly] = useState(false);
  const list = useRef();
  const follows = useRef(true);
  const talk = chosen && state.talks[chosen.id];
  const said = talk ? inOrder(talk, only && chosen.id) : [];
  const sending = state.sending.filter((one) => one.case_id === chosen?.id && !talk?.deliveries[one.delivery_id]);
  useLayoutEffect(() => {
    if (list.current && follows.current) list.current.scrollTop = list.current.scrollHeight;
  }, [said.length, sending.length, Boolean(talk), only]);
  if (!chosen) return html`<div class="panel nothing"><p class="empty">${t("none.talk")}</p></div>`;
  const scrolled = ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
    follows.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
  };
  const zone = zoneOf(state.names, chosen.branch);
  const several = Object.keys(talk?.cases ?? {}).length > 1;
  return html`<div class="panel talk-panel">
    <div class="panel-head"><h2 class="cut"><bdi>${callerOf(chosen)}</bdi></h2>
      <span class="quiet cut">${word("channel", chosen.channel)} · ${word("kind", chosen.kind)}</span><span class="grow"></span>
      ${several && html`<button type="button" class="button small" aria-pressed=${only} onClick=${() => setOnly(!only)}>${t("act.older")}</button>`}
    </div>
    <div class="scroll said-list" ref=${list} onScroll=${scrolled} tabindex="0" role="log" aria-label=${t("area.history")}>
      ${!talk && html`<p class="empty" aria-busy="true">…</p>`}
      ${talk && said.length === 0 && sending.length === 0 && html`<p class="empty">${t("none.said")}</p>`}
      ${said.map((one, at) => html`
        ${one.case_id !== said[at - 1]?.case_id && several && html`<${CaseMark} key=${`${one.key}m`} one=${talk.cases[one.case_id]} />`}
        <${Said} key=${one.key} one=${one} zone=${zone} names=${state.names} />`)}
      ${sending.map((one) => html`<${Sending} key=${one.id} one=${one} desk=${desk} />`)}
    </div>
    <${Reply} key=${chosen.id} desk=${desk} chosen=${chosen} />
  </div>`;
}

/** Merges what was said in the order of time. */
export function inOrder({ contacts, deliveries, notes }, only) {
  const all = [
    ...Object.values(contacts).map((contact) => ({ key: contact.id, at: contact.received_at, case_id: contact.case_id, contact })),
    ...Object.values(deliveries).map((delivery) => ({ key: delivery.id, at: delivery.at, case_id: delivery.case_id, delivery })),
    ...notes.map((note) => ({ key: note.id, at: note.at, case_id: note.case_id, note })),
  ];
  return all.filter((one) => !only || one.case_id === only).sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.key < b.key ? -1 : 1));
}

function CaseMark({ one }) {
  if (!one) return null;
  return html`<p class="case-mark"><span>${t("said.case", { no: caseNumber(one.id), kind: word("kind", one.kind), state: word("case", one.state) })}</span></p>`;
}

function Said({ one, zone, names }) {
  const time = html`<time dateTime=${one.at}>${instant(one.at, { zone, today: clockNow() })}</time>`;
  if (one.note) {
    return html`<article class="said note"><header><${Icon} name="note" />${t("said.note")} · <bdi>${agentName(names, one.note.author)}</bdi> ${time}</header>
      <${Text}>${one.note.text ?? t("said.masked")}</${Text}></article>`;
  }
  if (one.contact) {
    const { contact } = one;
    return html`<article class="said client"><header><${Icon} name=${contact.channel} />${word("channel", contact.channel)} ${time}</header>
      ${contact.subject && html`<p class="subject" dir="auto"><bdi>${contact.subject}</bdi></p>`}
      ${contact.masked ? html`<p class="quiet">${t("said.masked")}</p>` : contact.text ? html`<${Text}>${contact.text}</${Text}>` : html`<p class="quiet">${contact.channel === "phone" ? t("said.call") : t("offer.text.none")}</p>`}
      ${contact.parts.map((part, at) => html`<p key=${at} class="row part"><${Icon} name="clip" /><bdi class="cut">${t("said.part", { name: part.name ?? part.media_type, size: size(part.bytes) })}</bdi></p>`)}
    </article>`;
  }
  const { delivery } = one;
  return html`<article class="said ours"><header>${word("channel", delivery.channel)} · <bdi>${delivery.agent_name ?? delivery.agent ?? t("said.house")}</bdi> ${time}</header>
    <${Text}>${delivery.text ?? t(delivery.agent ? "said.masked" : "said.coming")}</${Text}>
    <footer><${Badge} tone=${TONES[delivery.state] ?? ""}>${word("delivery", delivery.state)}</${Badge}>${delivery.reason && html`<span class="quiet">${outcome(delivery.reason)}</span>`}</footer>
  </article>`;
}

/** What the reader sent and the house has not taken yet, or refused. */
function Sending({ one, desk }) {
  const again = () => {
    desk.store.do({ type: "unsent", id: one.id });
    dispatchEvent(new CustomEvent("edit-again", { detail: one }));
  };
  return html`<article class="said ours pending"><header>${t("said.you")}</header><${Text}>${one.text}</${Text}>
    <footer>${one.why
      ? html`<span class="badge bad">${t("reply.refused", { why: one.why })}</span><button type="button" class="button small" onClick=${again}>${t("reply.again")}</button>`
      : html`<span class="badge">${t("reply.pending")}</span>`}</footer></article>`;
}
