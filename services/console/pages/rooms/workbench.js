// The agent's workbench: what comes in, what is said, what the case is.
// In: who is signed in. Out: three columns on a desk's screen, three tabs on a telephone.
// Never here: how a column is drawn.
import { html, useEffect, useMemo, useState } from "../base/ui.js";
import { useStore } from "../base/store.js";
import { t } from "../base/words.js";
import { Tabs } from "../parts/tabs.js";
import { Top } from "../parts/top.js";
import { CasePanel } from "./case-panel.js";
import { openDesk } from "./desk.js";
import { Inbox } from "./inbox.js";
import { OwnState } from "./own-state.js";
import { SetAway } from "./set-away.js";
import { Talk } from "./talk.js";

const NARROW = "(max-width: 960px)";

export function Workbench({ me, onSignedOut }) {
  const desk = useMemo(() => openDesk(me, onSignedOut), []);
  useEffect(() => () => desk.close(), []);
  const state = useStore(desk.store);
  const narrow = useMedia(NARROW);
  const [tab, setTab] = useState("inbox");
  const chosen = state.cases[state.chosen] ?? null;
  const choose = (id) => {
    desk.choose(id);
    setTab("talk");
  };
  const offers = Object.keys(state.offers).length;
  const unread = Object.values(state.unread).reduce((sum, n) => sum + n, 0);
  useEffect(() => {
    document.title = `${offers + unread ? `(${offers + unread}) ` : ""}${t("page.workbench")} · ${me.agent_name ?? me.name}`;
  });
  const columns = {
    inbox: html`<${Inbox} desk=${desk} state=${state} onChoose=${choose} />`,
    talk: html`<${Talk} key=${state.chosen} desk=${desk} state=${state} chosen=${chosen} />`,
    facts: html`<${CasePanel} key=${state.chosen} desk=${desk} state=${state} chosen=${chosen} />`,
  };
  const names = { inbox: t("area.inbox"), talk: t("area.talk"), facts: t("area.facts") };
  return html`<div class="page">
    <${Top} title=${t("page.workbench")} me=${me}><${OwnState} desk=${desk} state=${state} me=${me} /></${Top}>
    <div role="status">${state.line === "off" && html`<p class="banner">${t("err.connection")}</p>`}
      <${SetAway} state=${state} onReady=${desk.ready} /></div>
    <p class="unseen" role="alert">${state.announced}</p>
    <p class="unseen" role="status">${state.noted}</p>
    <main class="bench">
      ${narrow && html`<${Tabs} label=${t("page.workbench")} chosen=${tab} onChoose=${setTab}
        items=${[["inbox", names.inbox, offers + unread], ["talk", names.talk], ["facts", names.facts]]} />`}
      ${Object.entries(columns).map(([key, column]) => html`<section
        key=${key} id=${`panel-${key}`} class=${`column ${key}`} hidden=${narrow && tab !== key}
        role=${narrow ? "tabpanel" : undefined} aria-labelledby=${narrow ? `tab-${key}` : undefined}
        aria-label=${narrow ? undefined : names[key]}
      >${column}</section>`)}
    </main>
  </div>`;
}

function useMedia(query) {
  const [is, set] = useState(matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const hear = () => set(media.matches);
    media.addEventListener("change", hear);
    return () => media.removeEventListener("change", hear);
  }, [query]);
  return is;
}
