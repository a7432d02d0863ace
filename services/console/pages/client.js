// `/s/{token}`: a client's own subscriptions.
import { html, render } from "./base/ui.js";
import { t } from "./base/words.js";
import { Mine } from "./rooms/mine.js";

const token = decodeURIComponent(location.pathname.split("/")[2] ?? "");
document.title = t("page.subscriptions");
render(html`<${Mine} token=${token} />`, document.getElementById("app"));
