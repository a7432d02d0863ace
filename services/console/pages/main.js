// `/`: the workbench of agents, the board of shift leaders, the house of administrators.
import { html } from "./base/ui.js";
import { t } from "./base/words.js";
import { Top } from "./parts/top.js";
import { Admin } from "./rooms/admin.js";
import { Board } from "./rooms/board.js";
import { Workbench } from "./rooms/workbench.js";
import { start } from "./rooms/shell.js";

const PAGES = { agent: Workbench, supervisor: Board, admin: Admin };

start((me) => {
  if (me.role === "ops" || me.role === "compliance") location.replace("/ops");
  document.title = `${t("brand")} · ${me.agent_name ?? me.name}`;
  return PAGES[me.role] ?? Nothing;
});

function Nothing({ me }) {
  return html`<div class="page"><${Top} title=${t("brand")} me=${me} /><main class="gate"><p>${t("admin.none")}</p></main></div>`;
}
