// The box in which an agent answers.
// In: the case at hand. Out: a reply on its way, shown as such until the house has taken it. A
// draft stays with its case. Never here: sending twice; the socket repeats under the same `ref`.
import { uuid } from "../base/api.js";
import { smsParts } from "../base/parts.js";
import { html, useEffect, useRef, useState } from "../base/ui.js";
import { refusal, t } from "../base/words.js";
import { Button } from "../parts/button.js";

const drafts = new Map();
const VOICE = ["phone", "counter"];

export function Reply({ desk, chosen }) {
  const [text, setText] = useState(drafts.get(chosen.id) ?? "");
  const box = useRef();
  const keep = (value) => {
    drafts.set(chosen.id, value);
    setText(value);
  };
  useEffect(() => {
    const again = ({ detail }) => detail.case_id === chosen.id && keep(detail.text + (text ? `\n${text}` : ""));
    addEventListener("edit-again", again);
    return () => removeEventListener("edit-again", again);
  });
  // The house answers the last contact that can be answered, whatever the case began with.
  const written = (one) => !VOICE.includes(one.channel);
  const way = (chosen.contacts ?? []).filter(written).at(-1)?.channel ?? (written(chosen) ? chosen.channel : null);
  if (!way) return html`<p class="reply quiet">${t("reply.voice")}</p>`;
  const active = chosen.state === "active";
  const words = text.trim();
  const send = async () => {
    if (!words || !active) return;
    const one = { id: uuid(), case_id: chosen.id, text: words };
    desk.store.do({ type: "sending", one });
    keep("");
    box.current?.focus();
    try {
      const { delivery_id } = await desk.send("reply", { case_id: chosen.id, text: words });
      desk.store.do({ type: "sent", id: one.id, change: { delivery_id } });
    } catch (problem) {
      desk.store.do({ type: "sent", id: one.id, change: { why: refusal(problem) } });
    }
  };
  const hear = (event) => {
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      send();
    }
  };
  return html`<div class="reply">
    <label for="reply" class="unseen">${t("act.reply")}</label>
    <textarea id="reply" ref=${box} class="input" rows="3" dir="auto" data-key="j" aria-keyshortcuts="Alt+J" maxlength="5000" value=${text} disabled=${!active}
      placeholder=${active ? t("act.reply") : t("reply.closed")} aria-describedby="reply-hint" onInput=${(event) => keep(event.currentTarget.value)} onKeyDown=${hear}></textarea>
    <div class="row"><span class="quiet keys-hint" id="reply-hint"><kbd class="keys">Alt J</kbd> · ${t("act.reply.hint")}</span><span class="grow"></span>
      <span class="quiet">${t("reply.chars", { n: [...words].length })}${way === "sms" && words ? ` · ${t("reply.parts", { n: smsParts(words) })}` : ""}</span>
      <${Button} kind="main" disabled=${!active || !words} onClick=${send}>${t("act.send")}</${Button}></div>
  </div>`;
}
