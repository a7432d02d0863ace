// Signing in: name and password, or a link that signs in once.
// In: what is typed, or `#signin=…` of the address. Out: who is signed in. Never here: a word of
// what was wrong, name or password.
import { get, post, Problem } from "../base/api.js";
import { html, useEffect, useState } from "../base/ui.js";
import { refusal, t } from "../base/words.js";
import { Button } from "../parts/button.js";
import { Field } from "../parts/field.js";
import { Language } from "../parts/top.js";

/** Takes the ticket out of the address, so that it does not stay in the browser's history. */
export function ticketOfAddress() {
  const found = /^#signin=([\w-]+)$/.exec(location.hash)?.[1];
  if (found) history.replaceState(null, "", location.pathname);
  return found;
}

/** Gives who is signed in, `null` when nobody is. */
export async function whoAmI() {
  try {
    return await get("session");
  } catch (problem) {
    if (problem.code === "unauthenticated") return null;
    throw problem;
  }
}

export const signInByLink = (ticket) => post("session", { ticket });

/** Says why nobody is signed in; how long to wait is shown as it passes. */
function wrongIn(problem) {
  if (problem.code === "unauthenticated") return t("err.signin");
  // No role is known yet: the page itself is the wrong one.
  if (problem.code === "forbidden") return t("err.signin_place");
  return problem.code === "rate_limited" ? "" : refusal(problem);
}

export function SignIn({ onSignedIn, said }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  const [freeAt, setFreeAt] = useState(0);
  const [busy, setBusy] = useState(false);
  const [, beat] = useState(0);
  const waits = Math.ceil((freeAt - performance.now()) / 1000);
  useEffect(() => {
    if (waits <= 0) return undefined;
    const timer = setTimeout(() => beat((n) => n + 1), 500);
    return () => clearTimeout(timer);
  });
  const send = async (event) => {
    event.preventDefault();
    if (busy || waits > 0) return;
    setBusy(true);
    setWrong("");
    try {
      onSignedIn(await post("session", { name: name.trim(), password }));
    } catch (problem) {
      setBusy(false);
      setPassword("");
      if (problem.code === "rate_limited") setFreeAt(performance.now() + (problem.retry_s ?? 6) * 1000);
      setWrong(wrongIn(problem));
    }
  };
  const limited = waits > 0 && refusal(new Problem("rate_limited", { retry_s: waits }));
  return html`<main class="gate">
    <form class="gate-card" onSubmit=${send}>
      <div class="row"><img src="/pages/icon.svg" alt="" width="28" height="28" /><h1 class="grow">${t("brand")} · ${t("page.signin")}</h1><${Language} /></div>
      ${said && html`<p class="alert info">${said}</p>`}
      <${Field} label=${t("signin.name")} value=${name} onInput=${setName} name="name" autocomplete="username" autocapitalize="none" spellcheck=${false} required autofocus />
      <${Field} label=${t("signin.password")} kind="password" value=${password} onInput=${setPassword} name="password" autocomplete="current-password" required />
      <div role="alert">${(limited || wrong) && html`<p class="alert">${limited || wrong}</p>`}</div>
      <${Button} kind="main" type="submit" disabled=${busy || waits > 0}>${t("do.signin")}</${Button}>
      <p class="quiet">${t("signin.hint")}</p>
    </form>
  </main>`;
}
