// `/s/{token}`: a client's own subscriptions.
import { html, render } from "./base/ui.js";
import { t } from "./base/words.js";

render(html`<main class="gate"><h1>${t("page.subscriptions")}</h1></main>`, document.getElementById("app"));
