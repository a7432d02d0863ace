// Offers: what is put before the agent, and how long.
// In: the desk. Out: one card an offer, accepted or declined by click or key; the focus stays where
// it was when one comes. Never here: a decision; the house says whether it was still there.
import { html, useState } from "../base/ui.js";
import { span, t, word } from "../base/words.js";
import { Badge } from "../parts/badge.js";
import { Button } from "../parts/button.js";
import { Countdown } from "../parts/countdown.js";
import { Icon } from "../parts/icon.js";
import { Line } from "../parts/text.js";
import { complain } from "../parts/toast.js";
import { callerOf, lastText } from "./names.js";

const REASONS = ["busy", "not_qualified", "language", "recused", "other"];

export function Offers({ desk, state, onChoose }) {
  const offers = Object.values(state.offers).sort((a, b) => Date.parse(a.expires_at) - Date.parse(b.expires_at));
  if (offers.length === 0) return html`<p class="empty">${state.state === "away" ? t("none.offers.away") : t("none.offers")}</p>`;
  return html`<ul class="scroll">${offers.map((offer, at) => html`<li key=${offer.offer_id}>
    <${Offer} offer=${offer} first=${at === 0} desk=${desk} onChoose=${onChoose} /></li>`)}</ul>`;
}

function Offer({ offer, first, desk, onChoose }) {
  const [asks, setAsks] = useState(false);
  const about = offer.case;
  const answer = async (type, fields) => {
    try {
      await desk.send(type, { offer_id: offer.offer_id, ...fields });
      desk.store.do({ type: "answered", offer_id: offer.offer_id });
      if (type === "accept") onChoose(about.id);
    } catch (problem) {
      if (problem.code === "offer_gone") desk.store.do({ type: "answered", offer_id: offer.offer_id });
      complain(problem);
    }
  };
  const call = about.channel === "phone";
  return html`<article class="offer" aria-label=${`${word("channel", about.channel)} ${word("kind", about.kind)}`}>
    <div class="row"><${Countdown} from=${offer.from} until=${Date.parse(offer.expires_at)} />
      <div class="grow stack tight">
        <div class="row"><${Icon} name=${about.channel} /><strong class="cut"><bdi>${callerOf(about)}</bdi></strong>
          ${about.priority === "first" && html`<${Badge} tone="bad">${t("fact.first")}</${Badge}>`}</div>
        <div class="row quiet"><span>${word("channel", about.channel)} · ${word("kind", about.kind)}</span><span class="cut">· ${about.queue_name}</span></div>
      </div></div>
    <p class="row"><${Line}>${lastText(about) || t("offer.text.none")}</${Line}></p>
    ${about.waited_s > 5 && html`<p class="quiet">${t("offer.waited", { span: span(about.waited_s) })}</p>`}
    ${asks
      ? html`<div class="row wrap" role="group" aria-label=${t("act.decline.reason")}>
          ${REASONS.map((reason) => html`<${Button} key=${reason} small onClick=${() => answer("decline", { reason })}>${t(`decline.${reason}`)}</${Button}>`)}
          <${Button} small kind="plain" onClick=${() => setAsks(false)}>${t("do.cancel")}</${Button}></div>`
      : html`<div class="row">
          <${Button} kind="main grow" keys=${first && "a"} onClick=${() => answer("accept")}>${call ? t("act.answer") : t("act.accept")}</${Button}>
          <${Button} keys=${first && "x"} onClick=${() => setAsks(true)}>${t("act.decline")}</${Button}></div>`}
  </article>`;
}
