// How every part of every process is, in words; those that do not work come first.
// In: what processes say of themselves. Out: a list; the well ones are counted, and unfold. Never here:
// a probe.
import { html } from "../../base/ui.js";
import { t } from "../../base/words.js";
import { Badge } from "../../parts/badge.js";
import { Time } from "../../parts/time.js";

const ORDER = ["failed", "hindered", "starting", "well"];
const TONE = { failed: "bad", hindered: "warn", starting: "accent", well: "good" };

/** Gives the worst of all parts, with how many are so. */
export function healthOf(processes) {
  const parts = processes.flatMap((one) => one.parts);
  const worst = ORDER.find((state) => parts.some((part) => part.state === state)) ?? "starting";
  return { tone: TONE[worst], text: t(`ops.${worst}`, { n: parts.filter((part) => part.state === worst).length }) };
}

export function Health({ processes }) {
  return html`<section class="panel" id="health" aria-labelledby="processes">
    <div class="panel-head"><h2 id="processes">${t("ops.processes")}</h2></div>
    ${processes.length === 0 && html`<p class="empty">${t("ops.processes.none")}</p>`}
    ${processes.map((one) => html`<${Process} key=${one.name} process=${one} />`)}
  </section>`;
}

function Process({ process }) {
  const ill = process.parts.filter((part) => part.state !== "well").sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const well = process.parts.filter((part) => part.state === "well");
  return html`<div class="process">
    <p class="row"><span class=${`dot ${healthOf([process]).tone}`}></span><b class="figures">${process.name}</b>
      <span class="quiet cut">${t("ops.version", { version: process.version })} · ${t("ops.started", { time: "" })}<${Time} at=${process.started_at} /></span></p>
    ${ill.length > 0 && html`<ul class="parts">${ill.map((part) => html`<li key=${part.name}><${Badge} tone=${TONE[part.state]}>${t(`part.${part.state}`)}</${Badge}> <span class="figures">${part.name}</span>${part.why && html` <span class="why">${part.why}</span>`}</li>`)}</ul>`}
    ${well.length > 0 && html`<details><summary>${t("ops.parts.well", { n: well.length })}</summary>
      <ul class="parts row wrap">${well.map((part) => html`<li key=${part.name} class="badge good">${part.name}</li>`)}</ul></details>`}
  </div>`;
}
