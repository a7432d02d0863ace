// Cases that owe an answer, soonest due first, with the keys that help them.
// In: cases, what is to be done with one. Out: a table in which arrows move, Enter opens, and one
// letter acts. The row that is chosen stays so when others pass it. Never here: how it is done.
import { html, useLayoutEffect, useRef, useState } from "../../base/ui.js";
import { now } from "../../base/clock.js";
import { t, ticking, word } from "../../base/words.js";
import { Badge } from "../../parts/badge.js";
import { Icon } from "../../parts/icon.js";
import { caseNumber } from "../../parts/number.js";
import { Tabs } from "../../parts/tabs.js";

/** A third of the promised time, but no more than this, is left: soon. */
const SOON_MOST_S = 600;
/** As many as the house lists, the upset first, then what is due soonest. */
const LISTED = 100;

const left = (item) => (Date.parse(item.due_at) - now()) / 1000;
const isLate = (item) => left(item) < 0;
const isSoon = (item) => !isLate(item) && left(item) <= Math.min(item.target_s / 3, SOON_MOST_S);
const isUpset = (item) => (item.marks ?? []).length > 0;
/** The upset come first, then what must precede, then what is due soonest. */
const rank = (item) => (isUpset(item) ? 0 : item.priority === "first" ? 1 : 2);

const SORTS = { all: () => true, soon: isSoon, late: isLate, upset: isUpset };

/** What the list leaves out is due after this time, and not upset; what is short leaves out nothing. */
export const listedUntil = (items) => (items.length < LISTED ? Infinity : Math.max(0, ...items.filter((item) => !isUpset(item)).map((item) => Date.parse(item.due_at))));
/** Whether more may be in a part than is listed of it. */
const HAS_MORE = {
  all: (until) => until !== Infinity,
  soon: (until) => until <= now() + SOON_MOST_S * 1000,
  late: (until) => until < now(),
  upset: (until) => until === 0,
};

export function Cases({ cases, until, deeds, name }) {
  const [tab, setTab] = useState("all");
  const shown = cases.filter(SORTS[tab]).sort((a, b) => rank(a) - rank(b) || Date.parse(a.due_at) - Date.parse(b.due_at));
  const count = (key) => {
    const n = cases.filter(SORTS[key]).length;
    return HAS_MORE[key](until) ? `${n}+` : n;
  };
  const tabs = Object.keys(SORTS).map((key) => [key, t(`board.cases.${key}`), count(key)]);
  return html`<section class="panel board-cases" aria-labelledby="cases">
    <h2 id="cases" class="unseen">${t("board.cases")}</h2>
    <div class="row board-tabs"><${Tabs} items=${tabs} chosen=${tab} onChoose=${setTab} label=${t("board.cases")} />
      <span class="grow"></span><span class="quiet keys-hint">${t("board.keys")}${deeds.take ? ` · ${t("board.keys.take")}` : ""}</span></div>
    ${Object.keys(SORTS).map((key) => html`<div key=${key} class="scroll" id=${`panel-${key}`} role="tabpanel" aria-labelledby=${`tab-${key}`} hidden=${key !== tab}>
      ${key === tab && html`<${Rows} cases=${shown} deeds=${deeds} name=${name} empty=${t(`board.cases.none${key === "all" ? "" : `.${key}`}`)} />`}
    </div>`)}
  </section>`;
}

function Rows({ cases, deeds, name, empty }) {
  const body = useRef();
  const [held, hold] = useState(null);
  const at = cases.some((item) => item.id === held) ? held : cases[0]?.id;
  const had = useRef(false);
  // A row that moved or went away takes the focus with it; it is given back.
  useLayoutEffect(() => {
    if (had.current && document.activeElement === document.body) body.current?.querySelector('tr[tabindex="0"]')?.focus();
  });
  if (cases.length === 0) return html`<p class="empty">${empty}</p>`;
  const press = (event) => {
    if (event.target.tagName !== "TR" || event.altKey || event.ctrlKey || event.metaKey) return;
    const place = cases.findIndex((item) => item.id === at);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: cases.length - 1 }[event.key];
    const deed = { Enter: "open", a: "assign", t: "take", r: "raise" }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (to !== undefined && cases[to]) {
      hold(cases[to].id);
      body.current.querySelectorAll("tr")[to]?.focus();
    } else if (deeds[deed]) deeds[deed](cases[place]);
    else if (to === undefined) return;
    event.preventDefault();
  };
  return html`<table class="table tight cases">
    <caption class="unseen">${t("board.cases")}</caption>
    <thead><tr>
      <th scope="col" class="number">${t("col.due")}</th>
      ${["case", "kind", "queue", "state", "agent"].map((key) => html`<th scope="col" key=${key}>${t(`col.${key}`)}</th>`)}
      <th scope="col" class="number">${t("col.waited")}</th>
      <th scope="col"><span class="unseen">${t("col.do")}</span></th>
    </tr></thead>
    <tbody ref=${body} onKeyDown=${press} onFocusIn=${() => (had.current = true)} onFocusOut=${(event) => event.relatedTarget && (had.current = body.current.contains(event.relatedTarget))}>
      ${cases.map((item) => html`<${Row} key=${item.id} item=${item} deeds=${deeds} name=${name} on=${item.id === at} onHold=${() => hold(item.id)} />`)}
    </tbody>
  </table>`;
}

function Row({ item, deeds, name, on, onHold }) {
  const s = left(item);
  const waits = item.state === "waiting" || item.state === "offered";
  return html`<tr tabindex=${on ? 0 : -1} class=${isLate(item) ? "bad" : isSoon(item) ? "warn" : ""} onFocus=${onHold} onDblClick=${() => deeds.open(item)}>
    <td class="number due">${s < 0 ? html`<span class="tone-bad"><span class="unseen">${t("board.cases.late")} </span>−${ticking(-s)}</span>` : html`<span class=${isSoon(item) ? "tone-warn" : ""}>${ticking(s)}</span>`}</td>
    <td class="nowrap"><button type="button" class="link figures" tabindex=${on ? 0 : -1} onClick=${() => deeds.open(item)}>${caseNumber(item.id)}</button>
      ${item.priority === "first" && html` <${Badge} tone="accent">${t("mark.first")}</${Badge}>`}
      ${(item.marks ?? []).map((mark) => html` <${Badge} key=${mark} tone="bad">${word("mark", mark)}</${Badge}>`)}
      ${item.class === "important" && html` <${Badge} tone="warn">${t("class.important")}</${Badge}>`}</td>
    <td class="nowrap"><span class="row"><${Icon} name=${item.channel} /><span class="unseen">${word("channel", item.channel)}</span>${word("kind", item.kind)}</span></td>
    <td class="cut">${item.queue_name}</td>
    <td class="nowrap">${word("case", item.state)}</td>
    <td class="cut">${item.agent ? item.agent_name : waits ? html`<span class="quiet">${t("fig.none")}</span>` : name(item.owner)}</td>
    <td class="number">${item.waiting_since ? ticking((now() - Date.parse(item.waiting_since)) / 1000) : t("fig.none")}</td>
    <td class="deeds">
      ${[["assign", true], ["take", waits && deeds.take], ["raise", waits && item.priority !== "first"]].map(
        ([deed, may]) => may && html`<button type="button" key=${deed} class="button small" tabindex=${on ? 0 : -1} aria-label=${`${t(`act.${deed}`)} ${caseNumber(item.id)}`} onClick=${() => deeds[deed](item)}>${t(`act.${deed}`)}</button>`,
      )}
    </td>
  </tr>`;
}
