// Whether the journal is whole: counted at once, computed anew when somebody asks.
// In: streams with where they end. Out: a list, a verdict each. Never here: a record.
import { get } from "../../base/api.js";
import { html, useEffect, useState } from "../../base/ui.js";
import { t } from "../../base/words.js";
import { Badge } from "../../parts/badge.js";
import { Button } from "../../parts/button.js";
import { complain } from "../../parts/toast.js";

const MAY = ["ops", "compliance"];

export function Journal({ me }) {
  const [heads, setHeads] = useState([]);
  const [verdicts, setVerdicts] = useState(null);
  const may = MAY.includes(me.role);
  useEffect(() => {
    if (may) get("journal").then((list) => setHeads(list.items), complain);
  }, []);
  if (!may) return null;
  const check = () => get("journal/verify").then((list) => setVerdicts(list.items), complain);
  const said = (stream, seq) => {
    const verdict = verdicts?.find((one) => one.stream === stream);
    if (!verdict) return html`<span class="quiet">${t("ops.journal.unchecked", { n: seq })}</span>`;
    return verdict.ok
      ? html`<${Badge} tone="good">${t("ops.journal.ok", { n: verdict.seq })}</${Badge}>`
      : html`<${Badge} tone="bad">${t("ops.journal.broken", { n: verdict.seq, fault: verdict.fault })}</${Badge}>`;
  };
  return html`<section class="panel" aria-labelledby="journal">
    <div class="panel-head"><h2 id="journal" class="grow">${t("ops.journal")}</h2><${Button} small onClick=${check}>${t("ops.journal.check")}</${Button}></div>
    <dl class="facts streams" aria-live="polite">${heads.map((head) => html`<dt key=${head.stream} class="figures">${head.stream}</dt><dd>${said(head.stream, head.seq)}</dd>`)}</dl>
  </section>`;
}
