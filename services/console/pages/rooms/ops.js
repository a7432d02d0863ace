// The operators' page 运维监控: what waits, what comes and goes, what could not be taken, how every part
// is; the same figures as `/metrics` and `shouwen queues`.
// In: figures every second, the last hour every ten. Out: one page. Never here: personal data.
import { useNow } from "../base/clock.js";
import { usePoll } from "../base/poll.js";
import { html } from "../base/ui.js";
import { instant, span, t, ticking } from "../base/words.js";
import { Lost } from "../parts/lost.js";
import { Top } from "../parts/top.js";
import { Charts } from "./ops/charts.js";
import { Channels } from "./ops/channels.js";
import { Dead } from "./ops/dead.js";
import { Health, healthOf } from "./ops/health.js";
import { Journal } from "./ops/journal.js";
import { Proofs } from "./ops/proofs.js";
import { Depths } from "./ops/depths.js";

const FIGURES_MS = 1000;
const HISTORY_MS = 10_000;
const MAY = ["ops", "compliance", "admin", "supervisor"];

export function Ops(all) {
  if (MAY.includes(all.me.role)) return html`<${Watch} ...${all} />`;
  return html`<div class="page"><${Top} title=${t("page.ops")} me=${all.me} /><main class="gate"><p>${t("ops.forbidden")}</p></main></div>`;
}

function Watch({ me, onSignedOut }) {
  useNow(1000);
  const figures = usePoll("figures", FIGURES_MS);
  const history = usePoll("figures/history", HISTORY_MS);
  const data = figures.data;
  const health = data && healthOf(data.processes);
  return html`<div class="page">
    <${Top} title=${t("page.ops")} me=${me}>
      ${me.role === "supervisor" && html`<nav class="row" aria-label=${t("brand")}><a class="button plain small" href="/">${t("page.supervisor")}</a></nav>`}
      ${health && html`<a class=${`badge tall ${health.tone}`} href="#health"><span class=${`dot ${health.tone}`}></span>${health.text}</a>`}
      <span class="grow"></span>
      ${data && html`<span class="quiet cut">${t("ops.since", { time: instant(data.since) })}${versions(data.processes)}</span>`}
      <span class="quiet cut">${me.name}</span>
    </${Top}>
    <${Lost} polls=${[figures, history]} onOut=${onSignedOut} />
    <main class="ops scroll">
      ${data && html`<${Tiles} data=${data} />
        <${Charts} history=${history.data} queues=${data.queues} />
        <${Channels} channels=${data.channels} />
        <div class="ops-halves">
          <div class="stack"><${Dead} count=${data.dead} me=${me} /><${Proofs} me=${me} /><${Journal} me=${me} /></div>
          <div class="stack"><${Health} processes=${data.processes} /><${Depths} bus=${data.bus} /></div>
        </div>`}
    </main>
  </div>`;
}

function versions(processes) {
  const all = [...new Set(processes.map((one) => one.version))];
  return all.length > 0 ? ` · ${t("ops.version", { version: all.join(" / ") })}` : "";
}

function Tiles({ data }) {
  const sum = (list, key) => list.reduce((all, one) => all + one[key], 0);
  const lanes = data.channels.flatMap((one) => one.lanes);
  const oldest = Math.max(-1, ...data.queues.map((one) => one.oldest_s ?? -1));
  const late = sum(data.queues, "late");
  const stuck = Math.max(-1, ...lanes.map((one) => one.oldest_s ?? -1));
  const tiles = [
    ["waiting", sum(data.queues, "waiting"), late ? `${t("fig.late")} ${late}` : "", late ? "bad" : ""],
    ["oldest", oldest < 0 ? t("fig.none") : ticking(oldest), "", ""],
    ["in", sum(data.channels, "in_minute"), "", ""],
    ["out", sum(lanes, "sent_minute"), "", ""],
    ["queued", sum(lanes, "queued") + sum(lanes, "submitting"), stuck > 0 ? `${t("ops.overdue")} ${span(stuck)}` : "", stuck > 60 ? "warn" : ""],
    ["dead", data.dead, "", data.dead ? "warn" : ""],
    ["violations", data.violations, "", data.violations ? "bad" : ""],
  ];
  return html`<dl class="tiles">${tiles.map(([key, value, beside, tone]) => html`<div key=${key} class=${`tile ${tone}`} title=${key === "violations" ? t("ops.violations.hint") : undefined}>
    <dt>${t(`ops.${key}`)}</dt><dd><span class="value">${value}</span>${beside && html`<span class=${`beside tone-${tone}`}>${beside}</span>`}</dd></div>`)}</dl>`;
}
