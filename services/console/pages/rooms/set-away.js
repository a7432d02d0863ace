// Why an agent stands away who did not ask for it, and the way back.
// In: his state. Out: a banner with the key that makes him ready again, or nothing. Never here: a
// reason that he chose himself.
import { html } from "../base/ui.js";
import { t } from "../base/words.js";
import { Button } from "../parts/button.js";
import { BY_HOUSE } from "./names.js";

export function SetAway({ state, onReady }) {
  if (state.line !== "on" || state.state !== "away" || !BY_HOUSE.includes(state.reason)) return null;
  return html`<div class="banner"><span class="grow">${t(`away.${state.reason}`)}</span>
    <${Button} small kind="main" keys="s" onClick=${onReady}>${t("away.back")}</${Button}></div>`;
}
