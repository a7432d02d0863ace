// The administrator's page: the firm in force and who may sign in.
// In: who is signed in. Out: the firm file checked, compared, applied; users made and ended.
// Never here: a client; administrators see none.
import { all, get, post, put, remove } from "../base/api.js";
import { html, useEffect, useState } from "../base/ui.js";
import { refusal, t, word } from "../base/words.js";
import { Badge } from "../parts/badge.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Table } from "../parts/table.js";
import { complain, say } from "../parts/toast.js";
import { Top } from "../parts/top.js";

const ROLES = ["agent", "supervisor", "ops", "compliance", "admin", "integration"];

export function Admin({ me }) {
  const [names, setNames] = useState(null);
  const read = async () => {
    try {
      setNames(await get("desk"));
    } catch (problem) {
      complain(problem);
    }
  };
  useEffect(() => { read(); }, []);
  return html`<div class="page"><${Top} title=${t("page.admin")} me=${me}><span class="quiet cut">${me.name}</span></${Top}>
    <main class="scroll admin"><${Firm} names=${names} onApplied=${read} /><${Users} names=${names} me=${me} /></main></div>`;
}

function Firm({ names, onApplied }) {
  const [text, setText] = useState(null);
  const [found, setFound] = useState(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => { get("firm").then((firm) => setText(firm.text), complain); }, []);
  const ask = async (what) => {
    setWrong("");
    setFound(null);
    try {
      const answer = await post(`firm/${what}`, { text });
      setFound({ what, ...answer });
      if (what === "apply") onApplied();
    } catch (problem) {
      setWrong(refusal(problem));
    }
  };
  const counts = names && { version: names.version, branches: names.branches.length, queues: names.queues.length, agents: names.agents.length };
  return html`<section class="panel" aria-labelledby="firm-head"><div class="panel-head"><h2 id="firm-head" class="grow">${t("admin.firm")}</h2>
      ${counts && html`<span class="quiet">${t("admin.firm.now", counts)}</span>`}</div>
    <div class="stack padded">
      <${Field} kind="text-area" label=${t("admin.firm.text")} hint=${t("admin.firm.hint")} rows=${14} class="input figures" spellcheck=${false} value=${text ?? ""} disabled=${text === null} onInput=${setText} />
      <div class="row"><${Button} onClick=${() => ask("check")}>${t("do.check")}</${Button}><${Button} onClick=${() => ask("diff")}>${t("do.diff")}</${Button}>
        <${Button} kind="main" onClick=${() => ask("apply")}>${t("do.apply")}</${Button}></div>
      <div role="status">${found && html`<${Found} found=${found} />`}</div>
      <div role="alert">${wrong && html`<p class="alert">${wrong}</p>`}</div>
    </div></section>`;
}

function Found({ found }) {
  const faults = [...found.errors.map((fault) => [fault, "bad"]), ...found.warnings.map((fault) => [fault, "warn"])];
  const said = found.version && found.what === "apply" ? t("admin.firm.applied", found) : found.ok && t("admin.firm.ok");
  return html`<div class="stack">${said && html`<p><${Badge} tone="good">${said}</${Badge}></p>`}
    ${faults.length > 0 && html`<ul class="stack">${faults.map(([fault, tone], at) => html`<li key=${at} class="row"><${Badge} tone=${tone}>${t("admin.firm.line", fault)}</${Badge}><span>${fault.key} ${fault.what}</span></li>`)}</ul>`}
    ${found.changes && html`<ul class="figures">${found.changes.length === 0 ? html`<li>${t("admin.firm.same")}</li>` : found.changes.map((line, at) => html`<li key=${at}>${line}</li>`)}</ul>`}</div>`;
}

function Users({ names, me }) {
  const [users, setUsers] = useState([]);
  const [asks, setAsks] = useState(null);
  const read = async () => {
    try {
      setUsers(await all("users"));
    } catch (problem) {
      complain(problem);
    }
  };
  useEffect(() => { read(); }, []);
  const Question = asks && { add: AddUser, password: NewPassword, link: SignInLink, end: EndUser }[asks.what];
  const columns = [
    { key: "name", name: t("admin.user"), cell: (user) => html`<strong>${user.name}</strong>` },
    { key: "role", name: t("admin.role"), cell: (user) => word("role", user.role) },
    { key: "agent", name: t("admin.agent"), cell: (user) => names?.agents.find((agent) => agent.id === user.agent)?.name ?? user.agent ?? "" },
    { key: "branch", name: t("admin.branch"), cell: (user) => user.branch ?? t("admin.all") },
    { key: "do", name: t("area.actions"), cell: (user) => user.ended_at ? html`<${Badge}>${t("admin.ended")}</${Badge}>` : html`<span class="row wrap">
        <${Button} small onClick=${() => setAsks({ what: "password", user })}>${t("admin.user.password")}</${Button}>
        <${Button} small onClick=${() => setAsks({ what: "link", user })}>${t("admin.user.link")}</${Button}>
        ${user.name !== me.name && html`<${Button} small kind="danger" onClick=${() => setAsks({ what: "end", user })}>${t("admin.user.end")}</${Button}>`}</span>` },
  ];
  return html`<section class="panel" aria-labelledby="users-head"><div class="panel-head"><h2 id="users-head" class="grow">${t("admin.users")}</h2>
      <${Button} small kind="main" onClick=${() => setAsks({ what: "add" })}>${t("admin.user.add")}</${Button}></div>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="users-head"><${Table} caption=${t("admin.users")} columns=${columns} rows=${users} id=${(user) => user.name} empty=${t("admin.user.none")} /></div>
    ${Question && html`<${Question} user=${asks.user} names=${names} onClose=${() => { setAsks(null); read(); }} />`}
  </section>`;
}

function AddUser({ names, onClose }) {
  const [user, setUser] = useState({ name: "", role: "agent", agent: "", branch: "", password: "" });
  const set = (key) => (value) => setUser({ ...user, [key]: value });
  const send = async () => {
    const body = { name: user.name.trim(), role: user.role };
    if (user.role === "agent") body.agent = user.agent;
    if (user.branch) body.branch = user.branch;
    if (user.password) body.password = user.password;
    await post("users", body);
    say(t("admin.user.saved"));
  };
  const agents = [["", "–"], ...(names?.agents ?? []).map((agent) => [agent.id, `${agent.name} (${agent.id})`])];
  const branches = [["", t("admin.all")], ...(names?.branches ?? []).map((branch) => [branch.id, branch.name])];
  const ready = user.name.trim() !== "" && (user.role !== "agent" || user.agent !== "");
  return html`<${Dialog} title=${t("admin.user.add")} send=${t("do.add")} ready=${ready} onSend=${send} onClose=${onClose}>
    <${Field} label=${t("admin.user")} hint=${t("setup.name.hint")} value=${user.name} onInput=${set("name")} autocomplete="off" autofocus />
    <${Field} kind="select" label=${t("admin.role")} value=${user.role} onInput=${set("role")} options=${ROLES.map((role) => [role, word("role", role)])} />
    ${user.role === "agent"
      ? html`<${Field} kind="select" label=${t("admin.agent")} value=${user.agent} onInput=${set("agent")} options=${agents} />`
      : html`<${Field} kind="select" label=${t("admin.branch")} value=${user.branch} onInput=${set("branch")} options=${branches} />`}
    <${Field} kind="password" label=${t("setup.password")} hint=${t("setup.password.hint")} value=${user.password} onInput=${set("password")} autocomplete="new-password" />
  </${Dialog}>`;
}

function NewPassword({ user, onClose }) {
  const [password, setPassword] = useState("");
  const send = async () => {
    await put(`users/${user.name}/password`, { password });
    say(t("admin.user.saved"));
  };
  return html`<${Dialog} title=${`${t("admin.user.password")} · ${user.name}`} ready=${password.length >= 8} onSend=${send} onClose=${onClose}>
    <${Field} kind="password" label=${t("setup.password")} hint=${t("setup.password.hint")} value=${password} onInput=${setPassword} autocomplete="new-password" autofocus />
  </${Dialog}>`;
}

function SignInLink({ user, onClose }) {
  const [link, setLink] = useState(null);
  useEffect(() => { post(`users/${user.name}/link`).then(setLink, complain); }, []);
  return html`<${Dialog} title=${`${t("admin.user.link")} · ${user.name}`} onClose=${onClose}>
    <p>${t("admin.user.link.text")}</p><p>${link && html`<code class="path">${link.url}</code>`}</p>
  </${Dialog}>`;
}

function EndUser({ user, onClose }) {
  return html`<${Dialog} title=${`${t("admin.user.end")} · ${user.name}`} danger send=${t("admin.user.end")} onClose=${onClose} onSend=${() => remove(`users/${user.name}`)}>
    <p>${t("admin.user.end.ask")}</p>
  </${Dialog}>`;
}
