// `/ops`: what the operators of the house look at.
import { html } from "./base/ui.js";
import { t } from "./base/words.js";
import { Top } from "./parts/top.js";
import { start } from "./rooms/shell.js";

start(() => ({ me }) => html`<div class="page"><${Top} title=${t("page.ops")} me=${me} /><main></main></div>`);
