// Who gets a notice 发送名单: each with where he stands and why, a page at a time.
// In: an alert. Out: rows; of a client his number, of his address the ends. Never here: a name, a
// whole address.
import { get } from "../../base/api.js";
import { html, useEffect, useState } from "../../base/ui.js";
import { t, word } from "../../base/words.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { Time } from "../../parts/time.js";
import { complain } from "../../parts/toast.js";

const STATES = ["queued", "submitting", "sent", "delivered", "failed", "expired", "unknown", "withheld"];
const TONE = { delivered: "good", sent: "accent", failed: "bad", expired: "warn", unknown: "warn", withheld: "warn" };
const PAGE = 50;

export function Recipients({ alert, onClose }) {
  const [state, choose] = useState("");
  const [list, setList] = useState({ items: [], next: null });
  const read = async (before) => {
    const query = new URLSearchParams({ limit: PAGE, ...(state && { state }), ...(before.next && { cursor: before.next }) });
    try {
      const { items, next } = await get(`alerts/${alert.id}/deliveries?${query}`);
      setList({ items: [...before.items, ...items], next, read: true });
    } catch (problem) {
      complain(problem);
    }
  };
  useEffect(() => { read({ items: [], next: null }); }, [state]);
  return html`<${Dialog} title=${`${t("notice.list")} · ${alert.title ?? word("notice", alert.category)}`} onClose=${onClose}>
    <${Field} kind="select" label=${t("notice.list.state")} value=${state} onInput=${choose} options=${[["", t("notice.list.all")], ...STATES.map((one) => [one, word("delivery", one)])]} />
    ${list.read && list.items.length === 0 && html`<p class="empty">${t("notice.list.none")}</p>`}
    <ul class="stack">${list.items.map((one) => html`<${Recipient} key=${one.id} one=${one} />`)}</ul>
    ${list.next && html`<button type="button" class="button small" onClick=${() => read(list)}>${t("area.more")}</button>`}
  </${Dialog}>`;
}

function Recipient({ one }) {
  const why = one.state === "withheld" ? word("withheld", one.reason) : one.reason;
  return html`<div class="row"><span class="figures">${one.number ?? "–"}</span>
    <span class="quiet nowrap"><bdi>${one.address ?? ""}</bdi> ${word("channel", one.channel)}</span>
    <span class="cut grow quiet">${why ?? ""}</span>
    <${Badge} tone=${TONE[one.state] ?? ""}>${word("delivery", one.state)}</${Badge}>
    <${Time} at=${one.changed_at} /></div>`;
}
