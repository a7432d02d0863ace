// The shell of a page: who is signed in, else the way in; then the page itself.
// In: `pages`, by role: what to draw for whom. Out: the page. Never here: what a page shows.
import { get } from "../base/api.js";
import { useLanguage } from "../base/store.js";
import { html, render, useEffect, useState } from "../base/ui.js";
import { refusal, t } from "../base/words.js";
import { keepTo } from "../base/zone.js";
import { Button, listenForKeys } from "../parts/button.js";
import { Toasts } from "../parts/toast.js";
import { Setup } from "./setup.js";
import { SignIn, signInByLink, ticketOfAddress, whoAmI } from "./sign-in.js";

/** Starts a page; `choose(me)` gives the component for whoever is signed in. */
export function start(choose) {
  listenForKeys();
  render(html`<${Shell} choose=${choose} />`, document.getElementById("app"));
}

function Shell({ choose }) {
  useLanguage();
  const [way, setWay] = useState({ at: "door" });
  const enter = (me) => {
    keepTo(me.time_zone);
    setWay({ at: "page", me });
  };
  const find = async () => {
    setWay({ at: "door" });
    try {
      const ticket = ticketOfAddress();
      if (ticket) {
        try {
          return enter(await signInByLink(ticket));
        } catch (problem) {
          if (problem.code !== "unauthenticated") throw problem;
          return setWay({ at: "sign-in", said: t("err.link") });
        }
      }
      const me = await whoAmI();
      if (me) return enter(me);
      const setup = await get("setup");
      setWay(setup.ready ? { at: "sign-in" } : { at: "setup", setup });
    } catch (problem) {
      setWay({ at: "wrong", problem });
    }
  };
  useEffect(() => { find(); }, []);
  return html`${draw()}<${Toasts} />`;

  function draw() {
    if (way.at === "door") return html`<main class="gate" aria-busy="true"><h1 class="unseen">${t("brand")}</h1></main>`;
    if (way.at === "wrong") return html`<main class="gate"><div class="gate-card"><h1>${t("brand")}</h1>
      <p class="alert" role="alert">${refusal(way.problem)}</p><${Button} kind="main" onClick=${find}>${t("do.retry")}</${Button}></div></main>`;
    if (way.at === "setup") return html`<${Setup} setup=${way.setup} onSignedIn=${enter} />`;
    if (way.at === "sign-in") return html`<${SignIn} said=${way.said} onSignedIn=${enter} />`;
    const Page = choose(way.me);
    return html`<${Page} me=${way.me} onSignedOut=${() => setWay({ at: "sign-in", said: t("signin.over") })} />`;
  }
}
