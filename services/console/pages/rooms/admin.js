// The administrator's page: the firm in force and who may sign in.
import { html } from "../base/ui.js";
import { t } from "../base/words.js";
import { Top } from "../parts/top.js";

export const Admin = ({ me }) => html`<div class="page"><${Top} title=${t("page.admin")} me=${me} /><main></main></div>`;
