// The first start: three steps until somebody can sign in.
// In: where the house says its key file and its token lie. Out: an administrator, signed in; the
// firm comes next on his page. Never here: a way round the token.
import { call, post } from "../base/api.js";
import { html, useState } from "../base/ui.js";
import { refusal, t } from "../base/words.js";
import { Field } from "../parts/field.js";
import { Language } from "../parts/top.js";

const PASSWORD_CHARS_MIN = 8;

export function Setup({ setup, onSignedIn }) {
  const [kept, setKept] = useState(!setup.keys);
  return html`<main class="gate">
    <div class="gate-card wide">
      <div class="row"><img src="/pages/icon.svg" alt="" width="28" height="28" /><h1 class="grow">${t("brand")} · ${t("page.setup")}</h1><${Language} /></div>
      <p>${t("setup.lead")}</p>
      <ol class="steps">
        <li aria-current=${kept ? undefined : "step"}>
          <h2>${t("setup.step", { n: 1 })} · ${t("setup.keys")}</h2>
          ${setup.keys
            ? html`<p>${t("setup.keys.text")}</p><p><code class="path">${setup.keys}</code></p>
              <label class="row"><input type="checkbox" checked=${kept} onChange=${(event) => setKept(event.currentTarget.checked)} />${t("setup.keys.done")}</label>`
            : html`<p>${t("setup.keys.elsewhere")}</p>`}
        </li>
        <li aria-current=${kept ? "step" : undefined}>
          <h2>${t("setup.step", { n: 2 })} · ${t("setup.admin")}</h2>
          ${kept && html`<${Admin} path=${setup.token} onSignedIn=${onSignedIn} />`}
        </li>
        <li>
          <h2>${t("setup.step", { n: 3 })} · ${t("setup.firm")}</h2>
          <p>${t("setup.firm.text")}</p>
        </li>
      </ol>
    </div>
  </main>`;
}

function Admin({ path, onSignedIn }) {
  const [token, setToken] = useState("");
  const [name, setName] = useState("admin");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    if ([...password].length < PASSWORD_CHARS_MIN) return setWrong(t("err.password_short"));
    setBusy(true);
    setWrong("");
    try {
      await call("POST", "users", { name: name.trim(), role: "admin", password }, { token: token.trim() });
      onSignedIn(await post("session", { name: name.trim(), password }));
    } catch (problem) {
      setWrong(problem.code === "unauthenticated" ? t("setup.token.wrong") : refusal(problem));
      setBusy(false);
    }
  };
  return html`<form class="stack" onSubmit=${send}>
    <p>${t("setup.admin.text")}</p>
    ${path && html`<p><code class="path">${path}</code></p>`}
    <${Field} label=${t("setup.token")} kind="password" value=${token} onInput=${setToken} autocomplete="off" required />
    <${Field} label=${t("setup.name")} hint=${t("setup.name.hint")} value=${name} onInput=${setName} autocomplete="username" pattern="[a-z0-9_\\-]+" required />
    <${Field} label=${t("setup.password")} hint=${t("setup.password.hint")} kind="password" value=${password} onInput=${setPassword} autocomplete="new-password" required />
    <div role="alert">${wrong && html`<p class="alert">${wrong}</p>`}</div>
    <div class="row"><button type="submit" class="button main" aria-busy=${busy}>${t("do.next")}</button></div>
  </form>`;
}
