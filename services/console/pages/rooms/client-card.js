// The client: masked until somebody asks, and then the look is journalled under the case.
// In: the case at hand. Out: what the house knows of him. Never here: a look nobody asked for.
import { get } from "../base/api.js";
import { html, useEffect, useState } from "../base/ui.js";
import { instant, t, word } from "../base/words.js";
import { Badge } from "../parts/badge.js";
import { Button } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { complain } from "../parts/toast.js";
import { agentName, zoneOf } from "./names.js";

async function read(id, look) {
  const [client, addresses] = await Promise.all([get(`clients/${id}?${look}`), get(`clients/${id}/addresses?${look}`)]);
  return { client, addresses: addresses.items };
}

export function ClientCard({ state, chosen }) {
  const id = chosen.client_id;
  const [known, setKnown] = useState(null);
  const masked = known?.client.masked ?? true;
  const look = async (how) => {
    try {
      setKnown(await read(id, how));
    } catch (problem) {
      complain(problem);
    }
  };
  const hide = () => look("masked=true");
  useEffect(() => { if (id) hide(); }, [id]);
  return html`<section class="fold" aria-labelledby="client-head">
    <div class="row fold-head"><h2 id="client-head" class="grow">${t("area.client")}</h2>
      ${id && html`<${Button} small keys="v" title=${t("act.show.hint")} onClick=${() => (masked ? look(`case_id=${chosen.id}`) : hide())}>
        <${Icon} name=${masked ? "eye" : "lock"} />${masked ? t("act.show") : t("act.hide")}</${Button}>`}</div>
    ${!id && html`<p class="quiet">${t("client.unknown")}</p>`}
    ${known && html`<${Card} known=${known} state=${state} />`}
  </section>`;
}

function Card({ known: { client, addresses }, state }) {
  const until = client.risk_valid_until;
  const facts = [
    [t("client.name"), html`<bdi>${client.name ?? "–"}</bdi>`],
    client.number && [t("client.number"), html`<bdi class="figures">${client.number}</bdi>`],
    [t("client.class"), html`<${Badge} tone=${client.class === "important" ? "accent" : ""}>${word("class", client.class)}</${Badge}>`],
    client.risk_class && [t("client.risk"), html`<strong>${client.risk_class}</strong> ${until && html`<span class="quiet">${t("client.risk.until", { day: until })}</span>`}`],
    client.manager && [t("client.manager"), html`<bdi>${agentName(state.names, client.manager)}</bdi>`],
    [t("client.known"), instant(client.known_since, { zone: zoneOf(state.names, client.branch) })],
    ...addresses.map((address) => [t(`address.${address.kind}`), html`<bdi class="figures">${address.value ?? "–"}</bdi>`]),
  ];
  return html`<dl class="facts">${facts.filter(Boolean).map(([name, value], at) => html`<dt key=${at}>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
