// The agent's own state: ready or away and why, since when, how much he holds.
// In: the desk. Out: a switch in the head of the page. Shown is what the house says; a wish that
// is under way turns until it answers.
import { useNow } from "../base/clock.js";
import { isMuted, mute } from "../base/sound.js";
import { html, useState } from "../base/ui.js";
import { span, t, ticking, word } from "../base/words.js";
import { Button } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { awayReason } from "./names.js";

const REASONS = ["break", "lunch", "training", "meeting", "callback", "left"];

/** How the agent stands, as far as anybody knows without a line. */
function standing({ line, state, reason }) {
  if (line === "begin" || !state) return t("live.begins");
  if (line === "off") return t("reason.lost");
  if (state === "ready") return t("state.ready");
  // He is here again, whatever it was.
  return reason === "lost" ? t("state.away") : awayReason(reason);
}

/** How the queues of the branch stand: how many wait, and the oldest. */
function Waiting({ figures }) {
  if (figures.length === 0) return null;
  const waiting = figures.reduce((sum, queue) => sum + queue.waiting, 0);
  const oldest = Math.max(0, ...figures.map((queue) => queue.oldest_s ?? 0));
  return html`<span class="row wide-only" title=${t("agent.figures")}><span class="quiet">${t("fig.waiting")}</span><strong>${waiting}</strong>
    ${waiting > 0 && html`<span class="quiet">${t("fig.oldest")}</span><strong>${ticking(oldest)}</strong>`}</span>`;
}

export function OwnState({ desk, state, me }) {
  const now = useNow();
  const [muted, setMuted] = useState(isMuted());
  const ready = state.state === "ready";
  const on = state.line === "on";
  const { load } = state;
  const same = load && load.state === state.state;
  const away = (event) => {
    const reason = event.currentTarget.value;
    event.currentTarget.value = "";
    return reason ? desk.away(reason) : undefined;
  };
  return html`<div class="own row" role="group" aria-label=${t("agent.state")}>
    <span class="row cut who"><strong class="cut">${me.agent_name ?? me.name}</strong><span class="quiet wide-only">${t("agent.no")} ${me.agent}</span></span>
    <span class="row state"><span class=${`dot ${on ? (ready ? "good" : "warn") : ""}`}></span>
      <strong>${standing(state)}</strong>
      ${on && same && load.since && html`<span class="quiet wide-only">${t("agent.since", { span: span((now - Date.parse(load.since)) / 1000) })}</span>`}</span>
    <${Button} small keys="s" kind=${ready ? "" : "main"} disabled=${!state.state || ready} onClick=${desk.ready}>${t("state.ready")}</${Button}>
    <label class="unseen" for="away">${t("agent.away.reason")}</label>
    <select id="away" class="input away" data-key="o" aria-keyshortcuts="Alt+O" title="Alt+O" disabled=${!state.state} onChange=${away}>
      <option value="">${t("state.away")}…</option>
      ${REASONS.map((reason) => html`<option key=${reason} value=${reason}>${word("reason", reason)}</option>`)}
    </select>
    ${load && html`<span class="row wide-only" title=${t("agent.units")}><span class="quiet">${t("agent.units")}</span>
      <span class="load" aria-hidden="true">${Array.from({ length: Math.min(load.units, 12) }, (_, at) => html`<i key=${at} class=${at < load.used ? "used" : ""}></i>`)}</span>
      <span>${load.used}/${load.units}</span></span>`}
    <span class="grow"></span>
    <${Waiting} figures=${state.figures} />
    <${Button} small kind="plain" keys="m" aria-pressed=${!muted} title=${muted ? t("agent.mute.off") : t("agent.mute.on")}
      onClick=${() => { mute(!muted); setMuted(!muted); }}><${Icon} name=${muted ? "mute" : "bell"} /><span class="unseen">${t("agent.mute")}</span></${Button}>
  </div>`;
}
