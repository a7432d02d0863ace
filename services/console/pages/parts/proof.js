// The way to a client's printed evidence, in a window of its own.
// In: the client, the case it is for. Out: a link. Never here: what stands on that page; each look at
// it is journalled.
import { html } from "../base/ui.js";
import { t } from "../base/words.js";

export function Proof({ client, about }) {
  const why = about ? `?case_id=${encodeURIComponent(about)}` : "";
  return html`<a class="button small" target="_blank" rel="noopener" href=${`/api/v1/clients/${encodeURIComponent(client)}/consents/page${why}`}>${t("proof.print")}</a>`;
}
