// The box in which an agent answers.
// In: the case at hand. Out: a reply on its way, shown as such until the house has taken it. A
// draft stays with its case. Never here: sending twice; the socket repeats under the same `ref`.
import { uuid } from "../base/api.js";
import { html, useEffect, useRef, useState } from "../base/ui.js";
import { refusal, t } from "../base/words.js";
import { Button } from "../parts/button.js";

const drafts = new Map();
const VOICE = ["phone", "counter"];

// The signs of the GSM alphabet; those of its second page take two places.
const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const GSM_2 = new Set("^{}\\[~]|€\f");

/** How many short messages a text becomes: 160 or 70 places in one, 153 or 67 in each of several. */
export function smsParts(text) {
  const signs = [...text];
  const gsm = signs.every((sign) => GSM.has(sign) || GSM_2.has(sign));
  const places = gsm ? signs.reduce((sum, sign) => sum + (GSM_2.has(sign) ? 2 : 1), 0) : text.length;
  const [one, each] = gsm ? [160, 153] : [70, 67];
  return places <= one ? 1 : Math.ceil(places / each);
}

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
  const send = async () => {
    const words = text.trim();
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
      <span class="quiet">${t("reply.chars", { n: [...text].length })}${way === "sms" && text ? ` · ${t("reply.parts", { n: smsParts(text) })}` : ""}</span>
      <${Button} kind="main" disabled=${!active || !text.trim()} onClick=${send}>${t("act.send")}</${Button}></div>
  </div>`;
}
