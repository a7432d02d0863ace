// Evidence of consent 订阅凭证: found by a client's whole number or address, printed on one page.
// In: what was typed. Out: the clients behind it, each with the way to his page. Never here: a list
// of clients; who is looked for is known already.
import { get } from "../../base/api.js";
import { html, useState } from "../../base/ui.js";
import { refusal, t } from "../../base/words.js";
import { Button } from "../../parts/button.js";
import { Proof } from "../../parts/proof.js";

const MAY = ["compliance", "supervisor"];
const PHONE = /^\+?[\d\s-]{7,}$/;

async function find(text) {
  const ask = async (query) => (await get(`clients?${new URLSearchParams(query)}`)).items;
  if (text.includes("@")) return ask({ address: text, kind: "email" });
  const byNumber = await ask({ number: text });
  return byNumber.length > 0 || !PHONE.test(text) ? byNumber : ask({ address: text });
}

export function Proofs({ me }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState(null);
  const [wrong, setWrong] = useState("");
  if (!MAY.includes(me.role)) return null;
  const seek = async (event) => {
    event.preventDefault();
    setWrong("");
    try {
      setFound(await find(text.trim()));
    } catch (problem) {
      setFound(null);
      setWrong(problem.code === "invalid" ? t("proof.none") : refusal(problem));
    }
  };
  return html`<section class="panel" aria-labelledby="proofs">
    <div class="panel-head"><h2 id="proofs">${t("proof.title")}</h2></div>
    <form class="row padded" role="search" onSubmit=${seek}>
      <input type="search" class="input grow" aria-label=${t("proof.find")} placeholder=${t("proof.find")} autocomplete="off" required value=${text} onInput=${(event) => setText(event.currentTarget.value)} />
      <${Button} type="submit">${t("proof.look")}</${Button}></form>
    <div role="status">${wrong && html`<p class="alert">${wrong}</p>`}
      ${found?.length === 0 && html`<p class="empty">${t("proof.none")}</p>`}
      ${found?.length > 0 && html`<ul class="stack padded">${found.map((client) => html`<li key=${client.id} class="row">
        <bdi class="grow cut">${client.name ?? t("proof.nameless")} <span class="quiet figures">${client.number ?? ""}</span></bdi><${Proof} client=${client.id} /></li>`)}</ul>`}</div>
  </section>`;
}
