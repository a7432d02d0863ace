// `/ops`: what the operators of the house look at.
import { t } from "./base/words.js";
import { Ops } from "./rooms/ops.js";
import { start } from "./rooms/shell.js";

start((me) => {
  document.title = `${t("brand")} · ${t("page.ops")} · ${me.name}`;
  return Ops;
});
