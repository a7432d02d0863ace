// The shift leader's board 班长台: queues, what is about to be late, the agents, who was told.
// In: figures, cases, agents, asked for again every second or two. Out: one page without scrolling at
// 1366×768. Never here: an agent's own work.
import { get } from "../base/api.js";
import { useNow } from "../base/clock.js";
import { usePoll } from "../base/poll.js";
import { html, useMemo, useState } from "../base/ui.js";
import { t } from "../base/words.js";
import { keepTo } from "../base/zone.js";
import { Badge } from "../parts/badge.js";
import { Lost } from "../parts/lost.js";
import { Top } from "../parts/top.js";
import { complain, say } from "../parts/toast.js";
import { Agents } from "./board/agents.js";
import { CaseSheet } from "./board/case.js";
import { Cases, listedUntil } from "./board/cases.js";
import { Deed } from "./board/deeds.js";
import { Queues } from "./board/queues.js";
import { Search } from "./board/search.js";
import { Side } from "./board/side.js";

const FIGURES_MS = 1000;
const CASES_MS = 1500;
const AGENTS_MS = 2000;
const TOLD_MS = 2000;
const NOTICES_MS = 5000;

export function Board({ me, onSignedOut }) {
  useNow(1000);
  const [chosen, setBranch] = useState(me.branch ?? "");
  const [queue, setQueue] = useState(null);
  const [ask, setAsk] = useState(null);
  const [open, setOpen] = useState(null);
  const figures = usePoll("figures", FIGURES_MS);
  const due = usePoll("cases/due", CASES_MS);
  const team = usePoll("agents", AGENTS_MS);
  const told = usePoll("told?limit=50", TOLD_MS);
  const alerts = usePoll("alerts?limit=10", NOTICES_MS);
  const queues = figures.data?.queues ?? [];
  const branches = figures.data?.branches ?? [];
  const branch = branches.some((one) => one.id === chosen) ? chosen : "";
  const zoneOf = (id) => branches.find((one) => one.id === id)?.time_zone;
  keepTo(zoneOf(branch) ?? me.time_zone);
  const ofBranch = (one) => !branch || one.branch === branch;
  const agents = team.data?.items ?? [];
  const cases = (due.data?.items ?? []).filter((one) => ofBranch(one) && (!queue || one.queue === queue));
  const name = useMemo(() => {
    const names = new Map([...agents.map((one) => [one.id, one.name]), ...queues.map((one) => [one.id, one.name])]);
    return (id) => names.get(id) ?? id;
  }, [team.data, figures.data?.queues]);
  const listed = open && (due.data?.items ?? []).find((one) => one.id === open.id);
  const held = listed ?? open;
  // What owes nothing any more is not in the list; it is read again when something happens to it.
  const reread = () => open && !listed && get(`cases/${open.id}`).then(setOpen, complain);
  const openById = (id) => {
    const known = (due.data?.items ?? []).find((one) => one.id === id);
    if (known) setOpen(known);
    else get(`cases/${id}`).then(setOpen, complain);
  };
  const deed = (what) => (item) => setAsk({ deed: what, item });
  const deeds = { open: setOpen, assign: deed("assign"), raise: deed("raise"), recuse: deed("recuse"), transfer: deed("transfer") };
  const again = () => [figures, due, team, told, alerts].forEach((poll) => poll.again());
  const done = () => {
    again();
    reread();
  };
  const shown = queues.filter(ofBranch);
  const sum = (key) => shown.reduce((all, one) => all + one[key], 0);
  return html`<div class="page">
    <${Top} title=${t("page.supervisor")} me=${me}>
      <nav class="row" aria-label=${t("brand")}><a class="button plain small" href="/ops">${t("page.ops")}</a></nav>
      ${branches.length > 1 && html`<label class="row"><span class="unseen">${t("board.branch")}</span>
        <select class="input narrow" value=${branch} onChange=${(event) => { setBranch(event.currentTarget.value); setQueue(null); }}>
          <option value="">${t("board.branch.all")}</option>${branches.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === branch}>${one.name}</option>`)}
        </select></label>`}
      <span class="row sums">
        <${Badge}>${t("fig.waiting")} ${sum("waiting")}</${Badge}>
        <${Badge} tone=${sum("late") ? "bad" : ""}>${t("fig.late")} ${sum("late")}</${Badge}>
        <${Badge} tone=${sum("endangered") ? "warn" : ""}>${t("fig.endangered")} ${sum("endangered")}</${Badge}>
      </span>
      <span class="grow"></span>
      <${Search} known=${due.data?.items ?? []} onFound=${setOpen} />
      <span class="quiet cut">${me.name}</span>
    </${Top}>
    <${Lost} polls=${[figures, due, team]} onOut=${onSignedOut} />
    <main class="board">
      <div class="board-side-a"><${Queues} queues=${shown} chosen=${queue} onChoose=${setQueue} />
        <${Cases} cases=${cases} until=${listedUntil(due.data?.items ?? [])} deeds=${deeds} name=${name} /></div>
      <div class="board-side-b"><${Agents} agents=${agents.filter(ofBranch)} onAway=${(agent) => setAsk({ deed: "away", agent })} />
        <${Side} told=${told} alerts=${alerts} branches=${branches} branch=${branch} onOpen=${openById} onDone=${alerts.again} /></div>
    </main>
    ${held && html`<${CaseSheet} item=${held} zone=${zoneOf(held.branch)} name=${name} deeds=${deeds} listed=${Boolean(listed)} onStep=${reread} onClose=${() => setOpen(null)} />`}
    ${ask && html`<${Deed} ask=${ask} agents=${agents} queues=${queues} onClose=${() => setAsk(null)} onDone=${done} />`}
  </div>`;
}
