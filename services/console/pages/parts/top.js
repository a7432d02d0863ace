// The head that every page of the house has: its name, the way to the other pages, language, way out.
// In: who is signed in. Out: a banner landmark. Never here: what one page alone needs; that comes in
// as children.
import { remove } from "../base/api.js";
import { html } from "../base/ui.js";
import { lang, speak, t } from "../base/words.js";
import { isForeign, zoneName } from "../base/zone.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";
import { complain } from "./toast.js";

export function Top({ title, me, children }) {
  const leave = async () => {
    try {
      await remove("session");
      location.assign(location.pathname);
    } catch (problem) {
      complain(problem);
    }
  };
  return html`<header class="top">
    <div class="brand"><img src="/pages/icon.svg" alt="" /><h1>${title}</h1></div>
    <div class="row grow">${children}</div>
    ${me && isForeign() && html`<span class="badge zone" title=${t("zone.is", { zone: zoneName() })}>${t("zone.is", { zone: zoneName() })}</span>`}
    <${Language} />
    ${me && html`<${Button} kind="plain" small title=${t("do.signout")} aria-label=${t("do.signout")} onClick=${leave}><${Icon} name="out" /></${Button}>`}
  </header>`;
}

export function Language() {
  const other = lang() === "en" ? ["zh-CN", "中文"] : ["en", "English"];
  return html`<button type="button" class="button plain small" lang=${other[0]} onClick=${() => speak(other[0])}>${other[1]}</button>`;
}
