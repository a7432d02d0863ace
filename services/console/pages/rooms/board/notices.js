// Notices to many 通知与预警: how far each is, in parts that add up; pause, go on, stop.
// In: the list of alerts; each that is under way is asked for every two seconds. Out: rows; of one
// that is asked for, who gets it. Never here: a provider.
import { post } from "../../base/api.js";
import { usePoll } from "../../base/poll.js";
import { html, useState } from "../../base/ui.js";
import { t, word } from "../../base/words.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Time } from "../../parts/time.js";
import { say } from "../../parts/toast.js";
import { NoticeForm } from "./notice-form.js";
import { Recipients } from "./recipients.js";

const RUNNING_MS = 2000;
const ENDED_MS = 60_000;
const TONE = { running: "accent", paused: "warn", stopped: "bad", done: "good" };
const PARTS = ["queued", "sent", "delivered", "failed", "expired", "unknown"];
const HUE = { queued: "", sent: "accent", delivered: "good", failed: "bad", expired: "warn", unknown: "warn", withheld: "off" };

export function Notices({ notices, may, branches, onDone }) {
  const [writing, write] = useState(false);
  const [ask, setAsk] = useState(null);
  const [listed, list] = useState(null);
  const turn = async () => {
    await post(`alerts/${ask.id}/${ask.deed}`);
    say(t(`notice.${ask.deed}.done`));
    onDone();
  };
  return html`${may && html`<div class="row notices-head"><button type="button" class="button small main" onClick=${() => write(true)}>${t("notice.new")}</button></div>`}
    ${notices.length === 0 ? html`<p class="empty">${t("notice.none")}</p>` : html`<ul class="notices">${notices.map((one) => html`<${Notice} key=${one.id} head=${one} may=${may} onList=${list} onTurn=${(deed) => setAsk({ id: one.id, deed })} />`)}</ul>`}
    ${listed && html`<${Recipients} alert=${listed} onClose=${() => list(null)} />`}
    ${writing && html`<${NoticeForm} branches=${branches} onClose=${() => write(false)} onDone=${onDone} />`}
    ${ask && html`<${Dialog} title=${t(`notice.${ask.deed}.title`)} send=${t(`notice.${ask.deed}`)} danger=${ask.deed === "stop"} onSend=${turn} onClose=${() => setAsk(null)}><p>${t(`notice.${ask.deed}.text`)}</p></${Dialog}>`}`;
}

function Notice({ head, may, onList, onTurn }) {
  const live = head.state === "running" || head.state === "paused";
  const { data } = usePoll(`alerts/${head.id}`, live ? RUNNING_MS : ENDED_MS);
  const one = data ?? head;
  const withheld = data ? Object.values(data.withheld).reduce((all, count) => all + count, 0) : 0;
  const parts = data ? [...PARTS.map((key) => [key, data[key]]), ["withheld", withheld]].filter(([, count]) => count > 0) : [];
  const why = data ? Object.entries(data.withheld).filter(([, count]) => count > 0) : [];
  return html`<li class="notice">
    <div class="row"><${Badge} tone=${TONE[one.state]}>${word("notice.state", one.state)}</${Badge}>
      <b class="cut grow">${one.title ?? word("notice", one.category)}</b>
      <span class="quiet nowrap">${word("notice", one.category)} · <${Time} at=${one.made_at} /></span></div>
    ${data && html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">${stack(parts, data.total).map(([key, x, width]) => html`<rect key=${key} class=${HUE[key]} x=${x} width=${width} height="6" />`)}</svg>
      <p class="parts-said">${t("notice.total", { n: data.total })}${data.planned ? "" : ` ${t("notice.planning")}`}${parts.map(([key, count]) => ` · ${t(`delivery.${key}`)} ${count}`).join("")}</p>
      ${why.length > 0 && html`<p class="quiet parts-said">${why.map(([key, count]) => `${t(`withheld.${key}`)} ${count}`).join(" · ")}</p>`}`}
    ${may && html`<div class="row">
      <button type="button" class="button small" onClick=${() => onList(one)}>${t("notice.list")}</button>
      ${live && html`<button type="button" class="button small" onClick=${() => onTurn(one.state === "paused" ? "resume" : "pause")}>${t(one.state === "paused" ? "notice.resume" : "notice.pause")}</button>
      <button type="button" class="button small danger" onClick=${() => onTurn("stop")}>${t("notice.stop")}</button>
      <span class="quiet">${t("notice.expires")} <${Time} at=${one.expires_at} /></span>`}</div>`}
  </li>`;
}

/** Lays parts side by side, as shares of all. */
function stack(parts, total) {
  let x = 0;
  return parts.map(([key, count]) => {
    const width = total ? (100 * count) / total : 0;
    x += width;
    return [key, x - width, width];
  });
}
