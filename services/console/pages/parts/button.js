// A button that tells that it works, and shows its key.
// In: what it is called, what it does, `Alt+key`. Out: a button; while its deed is under way it
// says so and takes no second click. Never here: what the deed is.
import { html, useEffect, useRef, useState } from "../base/ui.js";
import { t } from "../base/words.js";
import { say } from "./toast.js";

/** `onClick` may give a promise; `keys` is one letter, pressed with Alt. */
export function Button({ children, onClick, keys: asked, kind = "", small, title, disabled, ...rest }) {
  const keys = asked || undefined;
  const [busy, setBusy] = useState(false);
  const gone = useRef(false);
  useEffect(() => () => (gone.current = true), []);
  const act = async (event) => {
    if (busy || disabled) return;
    const work = onClick?.(event);
    if (!work?.then) return;
    setBusy(true);
    try {
      await work;
    } finally {
      if (!gone.current) setBusy(false);
    }
  };
  return html`<button
    type="button"
    ...${rest}
    class=${`button ${kind} ${small ? "small" : ""}`}
    title=${title}
    disabled=${disabled}
    aria-busy=${busy}
    aria-disabled=${busy ? "true" : undefined}
    aria-keyshortcuts=${keys && `Alt+${keys.toUpperCase()}`}
    data-key=${keys?.toLowerCase()}
    onClick=${act}
  >${busy && html`<span class="busy" aria-hidden="true"></span>`}${children}${keys && html`<kbd class="keys" aria-hidden="true">Alt ${keys.toUpperCase()}</kbd>`}</button>`;
}

/** Presses the visible button of an Alt+letter; in a dialog only its own. */
export function listenForKeys() {
  addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    // Where Alt writes another letter, the key's place still counts.
    const letter = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : /^Digit\d$/.test(event.code) ? event.code.slice(5) : event.key;
    const room = document.querySelector("dialog[open]") ?? document;
    const found = [...room.querySelectorAll(`[data-key="${CSS.escape(letter.toLowerCase())}"]`)];
    const seen = found.filter((node) => node.getClientRects().length > 0);
    if (seen.length === 0) return;
    event.preventDefault();
    const target = seen.find((node) => !node.disabled);
    if (!target) return say(t("key.not_now"));
    if (target.matches("button, a, summary")) target.click();
    else target.focus();
  });
}
