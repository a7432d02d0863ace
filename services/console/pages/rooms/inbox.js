// The left column: offers to answer, cases to work on, promises to keep.
// In: the desk. Out: three lists, the most pressing of each first. Never here: a case's content.
import { useNow } from "../base/clock.js";
import { html, useState } from "../base/ui.js";
import { span, t, word } from "../base/words.js";
import { Badge } from "../parts/badge.js";
import { Button } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { Line } from "../parts/text.js";
import { Due } from "../parts/time.js";
import { Offers } from "./offers.js";
import { Promises } from "./promises.js";
import { callerOf, lastText } from "./names.js";

const RANK = { active: 0, wrap_up: 1, pending: 2 };

/** Cases as they are worked: at hand first, by deadline; then what is laid aside, by when it comes back. */
export function inOrder(cases) {
  const key = (one) => Date.parse(one.due_at ?? one.until ?? one.opened_at);
  return Object.values(cases).sort((a, b) => RANK[a.state] - RANK[b.state] || key(a) - key(b) || (a.id < b.id ? -1 : 1));
}

export function Inbox({ desk, state, onChoose }) {
  const now = useNow();
  const cases = inOrder(state.cases);
  return html`<div class="panel offers-panel">
      <div class="panel-head"><h2 class="grow">${t("area.offers")} <span class="count">${Object.keys(state.offers).length || ""}</span></h2></div>
      <${Offers} desk=${desk} state=${state} onChoose=${onChoose} />
    </div>
    <div class="panel cases-panel">
      <div class="panel-head"><h2 class="grow">${t("area.cases")} <span class="count">${cases.length || ""}</span></h2></div>
      ${cases.length === 0
        ? html`<p class="empty">${t("none.cases")}</p>`
        : html`<ul class="scroll list" tabindex="-1" onKeyDown=${move}>
            ${cases.map((one, at) => html`<li key=${one.id}><${CaseItem} one=${one} at=${at} now=${now} chosen=${state.chosen === one.id}
              unread=${state.unread[one.id]} onChoose=${onChoose} /></li>`)}
          </ul>`}
    </div>
    <${Promises} desk=${desk} state=${state} now=${now} onChoose=${onChoose} />`;
}

function CaseItem({ one, at, now, chosen, unread, onChoose }) {
  return html`<button type="button" class="item" aria-current=${chosen ? "true" : undefined} onClick=${() => onChoose(one.id)}
      data-key=${at < 9 ? String(at + 1) : undefined} aria-keyshortcuts=${at < 9 ? `Alt+${at + 1}` : undefined}>
    <span class="row"><${Icon} name=${one.channel} /><span class="unseen">${word("channel", one.channel)}</span>
      <strong class="cut"><bdi>${callerOf(one)}</bdi></strong>
      ${one.priority === "first" && html`<${Badge} tone="bad">${t("fact.first")}</${Badge}>`}
      ${one.marks?.includes("upset") && html`<${Badge} tone="bad">${t("fact.upset")}</${Badge}>`}
      <span class="grow"></span>
      ${unread ? html`<span class="badge accent" title=${t("live.unread")}>${unread}<span class="unseen"> ${t("live.unread")}</span></span>` : ""}
      ${at < 9 && html`<kbd class="keys quiet" aria-hidden="true">${at + 1}</kbd>`}</span>
    <span class="row second"><${Line}>${lastText(one) || t("offer.text.none")}</${Line}></span>
    <span class="row"><span class="quiet">${word("kind", one.kind)}</span><span class="quiet cut">· ${one.queue_name}</span><span class="grow"></span>
      ${one.state === "active" && one.due_at ? html`<${Due} at=${one.due_at} now=${now} />` : html`<${Badge} tone=${one.state === "active" ? "good" : ""}>${word("case", one.state)}</${Badge}>`}
      ${one.state !== "active" && one.until && html`<span class="quiet">${span((Date.parse(one.until) - now) / 1000)}</span>`}</span>
  </button>`;
}

/** Arrows go through a list of buttons. */
export function move(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const items = [...event.currentTarget.querySelectorAll(".item")];
  const next = items[items.indexOf(document.activeElement) + by];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
