// Messages that nobody could take 异常消息: why, and what is to become of them.
// In: how many there are. Out: the list, asked for again when their number changed; replay and drop
// after a question. Never here: what a message holds.
import { get, post } from "../../base/api.js";
import { html, useEffect, useState } from "../../base/ui.js";
import { refusal, t } from "../../base/words.js";
import { Dialog } from "../../parts/dialog.js";
import { Time } from "../../parts/time.js";
import { say } from "../../parts/toast.js";

const SHOWN = 50;

export function Dead({ count, me }) {
  const [letters, setLetters] = useState([]);
  const [wrong, setWrong] = useState("");
  const [ask, setAsk] = useState(null);
  const [turn, again] = useState(0);
  const may = me.role === "ops";
  const sees = me.role !== "supervisor";
  useEffect(() => {
    if (!sees) return undefined;
    let ended = false;
    get(`dead-letters?limit=${SHOWN}`).then(
      (list) => ended || (setLetters(list.items), setWrong("")),
      (problem) => ended || setWrong(refusal(problem)),
    );
    return () => (ended = true);
  }, [count, turn]);
  if (!sees) return null;
  const deed = async () => {
    await post(`dead-letters/${ask.letter.id}/${ask.deed}`);
    say(t(`dead.${ask.deed}.done`, { source: ask.letter.source }));
    setLetters((all) => all.filter((one) => one.id !== ask.letter.id));
    again((n) => n + 1);
  };
  return html`<section class="panel" aria-labelledby="dead">
    <div class="panel-head"><h2 id="dead">${t("page.dead")} <span class="count">${count}</span></h2></div>
    ${wrong && html`<p class="alert">${wrong}</p>`}
    ${letters.length === 0 && !wrong ? html`<p class="empty">${t("dead.none")}</p>` : letters.length > 0 && html`<div class="scroll dead" tabindex="0" role="group" aria-labelledby="dead"><table class="table tight">
      <caption class="unseen">${t("page.dead")}</caption>
      <thead><tr><th scope="col">${t("dead.at")}</th><th scope="col">${t("dead.source")}</th><th scope="col">${t("dead.reason")}</th><th scope="col" class="number">${t("dead.size")}</th>${may && html`<th scope="col"><span class="unseen">${t("col.do")}</span></th>`}</tr></thead>
      <tbody>${letters.map((letter) => html`<tr key=${letter.id}>
        <td class="nowrap"><${Time} at=${letter.at} seconds /></td><td class="nowrap figures">${letter.source}</td><td>${letter.reason}</td>
        <td class="number nowrap">${t("dead.bytes", { n: letter.body_bytes })}</td>
        ${may && html`<td class="deeds">${["replay", "drop"].map((name) => html`<button type="button" key=${name} class=${`button small ${name === "drop" ? "danger" : ""}`} aria-label=${`${t(`dead.${name}`)} ${letter.source}`} onClick=${() => setAsk({ deed: name, letter })}>${t(`dead.${name}`)}</button>`)}</td>`}
      </tr>`)}</tbody>
    </table></div>`}
    ${ask && html`<${Dialog} title=${t(`dead.${ask.deed}.title`)} send=${t(`dead.${ask.deed}`)} danger=${ask.deed === "drop"} onSend=${deed} onClose=${() => setAsk(null)}>
      <p>${t(`dead.${ask.deed}.text`, { source: ask.letter.source })}</p><p class="quiet">${ask.letter.reason}</p></${Dialog}>`}
  </section>`;
}
