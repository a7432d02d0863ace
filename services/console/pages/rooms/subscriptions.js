// What the client gets of notices, ordered and cancelled at his word.
// In: a client. Out: topics and whether he has them, and whether loose words of his hold promotion;
// his words go along as evidence. Never here: a change without his words.
import { get, put, remove, uuid } from "../base/api.js";
import { html, useEffect, useState } from "../base/ui.js";
import { instant, t, word } from "../base/words.js";
import { Badge } from "../parts/badge.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Proof } from "../parts/proof.js";
import { complain, say } from "../parts/toast.js";

export function Subscriptions({ client, about, state }) {
  const [known, setKnown] = useState(null);
  const [held, setHeld] = useState([]);
  const [asks, setAsks] = useState(null);
  const read = async () => {
    try {
      const [topics, addresses] = await Promise.all([get(`clients/${client}/subscriptions`), get(`clients/${client}/addresses?masked=true`)]);
      setHeld(addresses.items.filter((one) => one.held));
      setKnown(topics.items);
    } catch (problem) {
      complain(problem);
    }
  };
  const opened = (event) => event.currentTarget.open && read();
  const topics = state.names?.topics ?? [];
  const live = (topic) => known?.find((one) => one.topic === topic && one.live);
  return html`<details class="fold" onToggle=${opened}><summary class="fold-head"><h2>${t("area.subscriptions")}</h2></summary>
    ${known && held.map((one) => html`<div key=${one.id} class="row alert"><span class="grow">${t("topic.held")} <bdi>${one.value ?? ""}</bdi></span>
      <${Button} small onClick=${() => setAsks({ what: "release", address_id: one.id })}>${t("act.release")}</${Button}></div>`)}
    ${known && topics.length === 0 && html`<p class="quiet">${t("none.topics")}</p>`}
    ${known && html`<ul class="stack">${topics.map((topic) => html`<li key=${topic.id}><${Topic} topic=${topic} live=${live(topic.id)} onAsk=${setAsks} /></li>`)}</ul>
      <div class="row proof"><${Proof} client=${client} about=${about} /><span class="grow"></span><${Button} small kind="danger" onClick=${() => setAsks({ what: "all" })}>${t("act.cancel.all")}</${Button}></div>`}
    ${asks && html`<${Word} asks=${asks} client=${client} onClose=${() => { setAsks(null); read(); }} />`}
  </details>`;
}

function Topic({ topic, live, onAsk }) {
  return html`<div class="row"><span class="cut grow"><bdi>${topic.name}</bdi> <span class="quiet">${word("notice", topic.category)}</span></span>
    ${live && html`<${Badge} tone="good" title=${instant(live.since)}>${t("topic.live")}</${Badge}>`}
    ${live
      ? live.can_cancel && html`<${Button} small onClick=${() => onAsk({ what: "cancel", topic, address_id: live.address_id })}>${t("act.cancel")}</${Button}>`
      : html`<${Button} small onClick=${() => onAsk({ what: "order", topic })}>${t("act.order")}</${Button}>`}</div>`;
}

const ACT = { order: "act.order", cancel: "act.cancel", all: "act.cancel.all", release: "act.release" };
/** Without an address an order is for his first, a cancel for all of his. */
const UNNAMED = { cancel: "address.all", all: "address.all" };
const PATH = { all: "consents", release: "consents/hold" };
const DONE = { order: "done.order", release: "done.release" };

/** Asks for the client's words; the same dialog sends under the same key. */
function Word({ asks: { what, topic, address_id }, client, onClose }) {
  const [wording, setWording] = useState("");
  const [key] = useState(uuid());
  const [addresses, setAddresses] = useState([]);
  const [address, setAddress] = useState(address_id ?? "");
  useEffect(() => {
    get(`clients/${client}/addresses?masked=true`).then(({ items }) => setAddresses(items), complain);
  }, []);
  const send = async () => {
    const body = { wording: wording.trim(), ...(address && { address_id: address }) };
    if (what === "order") await put(`clients/${client}/subscriptions/${topic.id}`, body, { key });
    else await remove(`clients/${client}/${PATH[what] ?? `subscriptions/${topic.id}`}`, body, { key });
    say(t(DONE[what] ?? "done.cancel"));
  };
  const title = [t(ACT[what]), topic?.name].filter(Boolean).join(" · ");
  const options = [["", t(UNNAMED[what] ?? "address.first")], ...addresses.map((one) => [one.id, `${t(`address.${one.kind}`)} ${one.value ?? ""}`])];
  return html`<${Dialog} title=${title} ready=${wording.trim() !== ""} onSend=${send} onClose=${onClose}>
    <${Field} kind="text-area" label=${t("act.wording")} hint=${t("act.wording.hint")} value=${wording} onInput=${setWording} dir="auto" autofocus />
    <${Field} kind="select" label=${t("client.addresses")} value=${address} onInput=${setAddress} options=${options} />
  </${Dialog}>`;
}
