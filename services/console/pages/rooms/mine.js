// A client's own subscriptions 我的订阅, opened by a signed link, on a telephone first.
// In: the link's token. Out: his topics with a switch each, what cannot be cancelled and why, and what
// became of a change in words. A forged or ended link is said kindly. Never here: his name.
import { get, put, remove } from "../base/api.js";
import { useLanguage } from "../base/store.js";
import { html, useEffect, useId, useState } from "../base/ui.js";
import { exact, has, instant, refusal, t } from "../base/words.js";
import { isForeign, keepTo } from "../base/zone.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { Language } from "../parts/top.js";

const CATEGORIES = ["advice", "commercial", "risk", "service", "callback"];

export function Mine({ token }) {
  useLanguage();
  const [mine, setMine] = useState(null);
  const [problem, setProblem] = useState(null);
  const [said, say] = useState({ text: "", bad: false });
  const [sure, ask] = useState(false);
  const path = `mine/${encodeURIComponent(token)}`;
  const read = () => {
    setProblem(null);
    return get(path).then((found) => {
      keepTo(found.time_zone);
      setMine(found);
    }, setProblem);
  };
  useEffect(() => { read(); }, []);
  const change = async (topic) => {
    try {
      const call = topic.subscribed ? remove : put;
      const now = await call(`${path}/topics/${encodeURIComponent(topic.id)}`);
      setMine(now);
      const done = now.topics.find((one) => one.id === topic.id);
      say({ text: t(done?.subscribed ? "mine.ordered" : "mine.cancelled", { topic: topic.name }), bad: false });
    } catch (wrong) {
      if (ended(wrong)) setProblem(wrong);
      else say({ text: refusal(wrong), bad: true });
    }
  };
  const all = async () => {
    setMine(await remove(`${path}/topics`));
    say({ text: t("mine.cancelled.all"), bad: false });
  };
  return html`<div class="mine">
    <header class="row"><img src="/pages/icon.svg" alt="" width="28" height="28" /><h1 class="grow">${t("page.subscriptions")}</h1><${Language} /></header>
    <main>${draw()}</main>
    <div role="status" class=${`mine-said ${said.bad ? "bad" : ""}`}>${said.text}</div>
    ${sure && html`<${Dialog} title=${t("mine.all.title")} send=${t("mine.all")} danger onSend=${all} onClose=${() => ask(false)}><p>${t("mine.all.text")}</p></${Dialog}>`}
  </div>`;

  function draw() {
    if (problem) return html`<${Gone} problem=${problem} onRetry=${read} />`;
    if (!mine) return html`<p class="empty" aria-busy="true">${t("mine.loading")}</p>`;
    const groups = CATEGORIES.map((name) => [name, mine.topics.filter((topic) => topic.category === name)]).filter(([, list]) => list.length > 0);
    const some = mine.topics.some((topic) => topic.subscribed && topic.can_cancel);
    return html`<p class="mine-to">${t("mine.to", { address: mine.address ?? "" })}</p>
      ${mine.held && html`<p class="alert info">${t("mine.held")}</p>`}
      ${groups.map(([name, list]) => html`<section key=${name} class="mine-group"><h2>${t(`notice.${name}`)}</h2><p class="quiet">${t(`mine.about.${name}`)}</p>
        <ul>${list.map((topic) => html`<${Topic} key=${topic.id} topic=${topic} bySms=${mine.kind === "phone"} onChange=${change} />`)}</ul></section>`)}
      ${some && html`<${Button} kind="danger" onClick=${() => ask(true)}>${t("mine.all")}</${Button}>`}
      <p class="quiet mine-foot">${t("mine.until", { time: isForeign() ? exact(mine.expires_at) : instant(mine.expires_at) })}</p>`;
  }
}

function Topic({ topic, bySms, onChange }) {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const fixed = topic.subscribed && !topic.can_cancel;
  const turn = async () => {
    if (busy || fixed) return;
    setBusy(true);
    await onChange(topic);
    setBusy(false);
  };
  const word = topic.subscribed ? "mine.word.cancel" : "mine.word.order";
  const hint = fixed ? t("mine.fixed") : bySms && topic.keyword && t(word, { keyword: topic.keyword });
  const state = topic.subscribed
    ? topic.sent ? t("mine.on") : t("mine.on.unsent")
    : t("mine.off");
  return html`<li class="topic">
    <div class="grow"><span class="name" id=${id}>${topic.name}</span>
      <div id=${`${id}s`}><p class=${`state ${topic.sent ? "on" : ""}`}>${state}</p>${hint && html`<p class="quiet">${hint}</p>`}</div></div>
    <button type="button" role="switch" class="switch" aria-checked=${topic.subscribed} aria-labelledby=${id} aria-describedby=${`${id}s`} aria-busy=${busy} disabled=${fixed} onClick=${turn}><i aria-hidden="true"></i></button>
  </li>`;
}

const ended = (problem) => problem.status === 404 || problem.status === 410;

function Gone({ problem, onRetry }) {
  const key = problem.status === 410 ? "gone" : problem.status === 404 ? "forged" : "";
  if (!key) return html`<div class="mine-gone" role="alert"><p>${refusal(problem)}</p><${Button} kind="main" onClick=${onRetry}>${t("do.retry")}</${Button}></div>`;
  return html`<div class="mine-gone" role="alert"><h2>${t(`mine.${key}`)}</h2><p>${t(`mine.${key}.text`)}</p>${has("mine.help") && html`<p class="quiet">${t("mine.help")}</p>`}</div>`;
}
