// Writing a notice: first what it says and to whom, then what it would come to, then it is sent.
// In: branches, the firm's topics. Out: a posted alert. Nothing leaves before the preview was seen; what
// was typed stays when something is refused. Never here: who would get it by name.
import { get, post, uuid } from "../../base/api.js";
import { now } from "../../base/clock.js";
import { html, useEffect, useRef, useState } from "../../base/ui.js";
import { instant, t, word } from "../../base/words.js";
import { Dialog } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { say } from "../../parts/toast.js";

const CATEGORIES = ["risk", "service", "callback", "commercial", "advice"];
const RISKS = ["R1", "R2", "R3", "R4", "R5"];
const LIVES_MIN = [10, 30, 60, 240, 1440];

/** Says minutes; of several hours hours. */
const life = (n) => (n > 60 ? t("notice.life.h", { n: n / 60 }) : t("notice.life.min", { n }));

export function NoticeForm({ branches, onClose, onDone }) {
  const [topics, setTopics] = useState([]);
  const [form, setForm] = useState({ branch: branches[0]?.id ?? "", category: "service", to: "", clients: "", title: "", text: "", life: "", risk: "" });
  const [seen, setSeen] = useState(null);
  const next = useRef(null);
  // One notice has one key, however often Send is pressed.
  const key = useRef(uuid());
  useEffect(() => { get("topics").then((list) => setTopics(list.items), () => setTopics([])); }, []);
  const set = (name) => (value) => setForm((old) => ({ ...old, [name]: value, ...(name === "category" && { to: "" }) }));
  const fitting = topics.filter((topic) => topic.category === form.category);
  const clients = form.clients.split(/[\s,,;;]+/).filter(Boolean);
  const body = () => ({
    branch: form.branch,
    category: form.category,
    ...(form.to ? { topic: form.to } : { clients }),
    title: form.title.trim(),
    text: form.text,
    ...(form.life && { expires_at: new Date(now() + Number(form.life) * 60_000).toISOString() }),
    ...(form.risk && { product_risk: form.risk }),
  });
  if (seen) {
    const send = async () => {
      await post("alerts", seen.body, { key: key.current });
      say(t("notice.posted"));
      onDone();
      onClose();
    };
    return html`<${Dialog} key="seen" title=${t("notice.preview")} send=${t("notice.send")} onSend=${send} onClose=${() => setSeen(null)}><${Preview} shown=${seen.shown} /></${Dialog}>`;
  }
  const look = async () => {
    const sent = body();
    next.current = { body: sent, shown: await post("alerts/preview", sent) };
  };
  const leave = () => {
    if (next.current) setSeen(next.current);
    else onClose();
    next.current = null;
  };
  const ready = Boolean(form.text.trim() && form.title.trim() && (form.to || clients.length > 0));
  return html`<${Dialog} key="write" title=${t("notice.new")} send=${t("notice.preview")} ready=${ready} onSend=${look} onClose=${leave}>
    ${branches.length > 1 && html`<${Field} label=${t("board.branch")} kind="select" value=${form.branch} onInput=${set("branch")} options=${branches.map((one) => [one.id, one.name])} />`}
    <${Field} label=${t("notice.category")} kind="select" value=${form.category} onInput=${set("category")} options=${CATEGORIES.map((one) => [one, t(`notice.${one}`)])} autofocus />
    <${Field} label=${t("notice.to")} kind="select" value=${form.to} onInput=${set("to")} options=${[["", t("notice.to.clients")], ...fitting.map((one) => [one.id, t("notice.to.topic", { name: one.name })])]} />
    ${!form.to && html`<${Field} label=${t("notice.clients")} hint=${t("notice.clients.hint")} kind="text-area" rows=${2} value=${form.clients} onInput=${set("clients")} />`}
    <${Field} label=${t("notice.title")} value=${form.title} onInput=${set("title")} maxlength="200" />
    <${Field} label=${t("notice.text")} hint=${t("notice.text.hint")} kind="text-area" rows=${4} value=${form.text} onInput=${set("text")} />
    <${Field} label=${t("notice.life")} kind="select" value=${form.life} onInput=${set("life")} options=${[["", t("notice.life.usual")], ...LIVES_MIN.map((n) => [String(n), life(n)])]} />
    ${["commercial", "advice"].includes(form.category) && html`<${Field} label=${t("notice.risk_of")} kind="select" value=${form.risk} onInput=${set("risk")} options=${[["", t("fig.none")], ...RISKS.map((one) => [one, one])]} />`}
  </${Dialog}>`;
}

function Preview({ shown }) {
  const withheld = Object.entries(shown.withheld).filter(([, count]) => count > 0);
  const all = withheld.reduce((sum, [, count]) => sum + count, 0);
  const rows = [
    ["notice.sms", t("notice.sms.value", { parts: shown.parts, units: shown.units })],
    ["notice.recipients", t("notice.recipients.value", { n: shown.recipients, looked: shown.looked_at })],
    ["notice.by", Object.entries(shown.by_channel).map(([channel, count]) => `${word("channel", channel)} ${count}`).join(" · ") || t("fig.none")],
    ["delivery.withheld", all === 0 ? "0" : `${all}(${withheld.map(([key, count]) => `${t(`withheld.${key}`)} ${count}`).join(" · ")})`],
    ["notice.expires", instant(shown.expires_at)],
  ];
  return html`<blockquote class="sms">${shown.text}</blockquote>
    <dl class="facts">${rows.map(([key, value]) => html`<dt key=${key}>${t(key)}</dt><dd>${value}</dd>`)}</dl>
    ${shown.warnings.map((one) => html`<p class="alert" key=${one}>${warning(one)}</p>`)}`;
}

/** Says a warning of the house in the reader's language, where it is known. */
function warning(text) {
  const waits = /^it waits until (.+)$/.exec(text);
  if (waits) return t("notice.warn.waits", { time: instant(waits[1]) });
  if (text === "it expires before it may be sent") return t("notice.warn.never");
  if (text === "nobody ordered the topic") return t("notice.warn.nobody");
  return text;
}
