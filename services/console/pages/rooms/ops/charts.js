// The last hour in three drawings, each also a table.
// In: the house's history. Out: panels; a drawing follows the reader's colours. Never here: a figure
// that the table does not have too.
import { html, useEffect, useRef, useState } from "../../base/ui.js";
import { instant, t, word } from "../../base/words.js";

/** Steps between two rows of a table. */
const ROW_STEPS = 30;
const SERIES_MAX = 8;
const HEIGHT = 150;
/** Hues that stay apart for those who see few colours, light and dark. */
const HUES = {
  light: ["#1d5bd0", "#b45309", "#0f766e", "#a21caf", "#4d7c0f", "#be123c", "#0369a1", "#6b7280"],
  dark: ["#7aa7ff", "#f0b45a", "#4fd1c5", "#e58cf0", "#a3d65c", "#ff8da1", "#66c7f4", "#a7b0bd"],
};

const add = (a, b) => a.map((value, at) => value + (b[at] ?? 0));

/** Adds up series that are called the same; the greatest ones are kept, the rest is one. */
function gather(list, nameOf) {
  const named = new Map();
  for (const one of list) named.set(nameOf(one), named.has(nameOf(one)) ? add(named.get(nameOf(one)), one.values) : one.values);
  const peak = ([, values]) => Math.max(...values);
  return [...named].sort((a, b) => peak(b) - peak(a)).slice(0, SERIES_MAX);
}

export function Charts({ history, queues }) {
  if (!history) return html`<div class="charts"></div>`;
  const name = (id) => queues.find((one) => one.id === id)?.name ?? id;
  const of = (...what) => history.series.filter((one) => what.includes(one.what));
  const account = (one) => `${word("channel", one.channel)} ${one.account}`;
  const minute = 60 / history.step_s;
  // What came in a step is shown as the minute that ended with it.
  const perMinute = ([label, values]) => [label, values.map((_, at) => values.slice(Math.max(0, at + 1 - minute), at + 1).reduce((a, b) => a + b, 0))];
  const flow = [...gather(of("accepted"), () => t("ops.chart.in")), ...gather(of("sent"), () => t("ops.chart.out"))].map(perMinute);
  return html`<div class="charts">
    <${Chart} id="waiting" title=${t("ops.chart.waiting")} history=${history} series=${gather(of("waiting"), (one) => name(one.queue))} />
    <${Chart} id="flow" title=${t("ops.chart.flow")} history=${history} series=${flow} />
    <${Chart} id="queued" title=${t("ops.chart.queued")} history=${history} series=${gather(of("queued"), account)} />
  </div>`;
}

function Chart({ id, title, history, series }) {
  const [asTable, turn] = useState(false);
  const at = Date.parse(history.at) / 1000;
  const times = Array.from({ length: history.steps }, (_, step) => at - (history.steps - 1 - step) * history.step_s);
  return html`<section class="panel chart" aria-labelledby=${`chart-${id}`}>
    <div class="panel-head"><h2 id=${`chart-${id}`} class="grow">${title}</h2>
      <button type="button" class="button plain small" aria-pressed=${asTable} onClick=${() => turn(!asTable)}>${t(asTable ? "ops.chart.drawing" : "ops.chart.table")}</button></div>
    ${series.length === 0 ? html`<p class="empty">${t("ops.chart.none")}</p>` : asTable
      ? html`<div class="scroll chart-room" tabindex="0" role="group" aria-labelledby=${`chart-${id}`}><${Numbers} title=${title} times=${times} series=${series} /></div>`
      : html`<${Drawing} title=${title} times=${times} series=${series} />`}
  </section>`;
}

function Numbers({ title, times, series }) {
  const rows = times.map((_, at) => at).filter((at) => (times.length - 1 - at) % ROW_STEPS === 0).reverse();
  return html`<table class="table tight"><caption class="unseen">${title}</caption>
    <thead><tr><th scope="col">${t("ops.chart.time")}</th>${series.map(([label]) => html`<th scope="col" class="number" key=${label}>${label}</th>`)}</tr></thead>
    <tbody>${rows.map((at) => html`<tr key=${times[at]}><th scope="row">${instant(times[at] * 1000)}</th>${series.map(([label, values]) => html`<td class="number" key=${label}>${values[at]}</td>`)}</tr>`)}</tbody></table>`;
}

function useDark() {
  const query = useRef(matchMedia("(prefers-color-scheme: dark)")).current;
  const [dark, set] = useState(query.matches);
  useEffect(() => {
    const hear = () => set(query.matches);
    query.addEventListener("change", hear);
    return () => query.removeEventListener("change", hear);
  }, []);
  return dark;
}

function Drawing({ title, times, series }) {
  const room = useRef();
  const drawn = useRef(null);
  const dark = useDark();
  const hues = HUES[dark ? "dark" : "light"];
  const labels = series.map(([label]) => label).join("\n");
  useEffect(() => {
    const node = room.current;
    const style = getComputedStyle(document.documentElement);
    const [ink, line] = ["--ink-3", "--line"].map((name) => style.getPropertyValue(name).trim());
    const axis = { stroke: ink, font: `11px ${style.getPropertyValue("--font")}`, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const plot = new uPlot({
      width: node.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { points: { size: 5 }, drag: { x: false, y: false } },
      scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] } },
      axes: [
        { ...axis, size: 24, values: (_, ticks) => ticks.map((tick) => instant(tick * 1000, { seconds: ticks.some((one) => one % 60 > 0) })) },
        { ...axis, size: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000, 1_000_000] },
      ],
      series: [{}, ...series.map(([label], at) => ({ label, stroke: hues[at], width: 1.5, points: { show: false } }))],
    }, [times, ...series.map(([, values]) => values)], node);
    drawn.current = plot;
    const fit = new ResizeObserver(() => plot.setSize({ width: node.clientWidth, height: HEIGHT }));
    fit.observe(node);
    return () => {
      fit.disconnect();
      plot.destroy();
      drawn.current = null;
    };
  }, [labels, dark]);
  useEffect(() => drawn.current?.setData([times, ...series.map(([, values]) => values)]), [times.at(-1)]);
  const last = ([label, values]) => `${label} ${values.at(-1)}`;
  return html`<div class="chart-room"><div class="drawing" ref=${room} role="img" aria-label=${`${title}: ${series.map(last).join(", ")}`}></div>
    <ul class="legend row wrap">${series.map(([label, values], at) => html`<li key=${label} class="row"><svg width="12" height="4" aria-hidden="true"><rect width="12" height="3" y="0.5" fill=${hues[at]} /></svg>${label} <b>${values.at(-1)}</b></li>`)}</ul></div>`;
}
