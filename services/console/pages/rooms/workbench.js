// The agent's workbench.
import { html } from "../base/ui.js";
import { t } from "../base/words.js";
import { Top } from "../parts/top.js";

export const Workbench = ({ me }) => html`<div class="page"><${Top} title=${t("page.workbench")} me=${me} /><main></main></div>`;
