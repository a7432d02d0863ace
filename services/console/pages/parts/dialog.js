// A question that stands before the page until it is answered or left by Escape.
// In: title, fields, what Send does. Out: the browser's own modal dialog; a refusal is shown in it
// and what was typed stays. Never here: what is asked.
import { html, useEffect, useId, useRef, useState } from "../base/ui.js";
import { refusal, t } from "../base/words.js";
import { Icon } from "./icon.js";
import { complain } from "./toast.js";

/** `onSend` may give a promise; the dialog closes when it is done and stays when it is refused. */
export function Dialog({ title, children, onSend, send, onClose, danger, ready = true }) {
  const dialog = useRef();
  const gone = useRef(false);
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => {
      gone.current = true;
      if (before?.isConnected) before.focus();
    };
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    if (busy || !ready) return;
    setBusy(true);
    setWrong("");
    try {
      await onSend();
      if (!gone.current) onClose();
    } catch (problem) {
      // Whoever left before the answer still hears that it was refused.
      if (gone.current) return complain(problem);
      setWrong(refusal(problem));
      setBusy(false);
    }
  };
  const hear = (event) => {
    if (event.key === "Enter" && event.ctrlKey) submit(event);
  };
  return html`<dialog class="dialog" ref=${dialog} aria-labelledby=${id} onCancel=${(event) => { event.preventDefault(); onClose(); }} onKeyDown=${hear}>
    <form onSubmit=${submit}>
      <div class="dialog-head"><h2 id=${id} class="grow">${title}</h2>
        <button type="button" class="button plain small" aria-label=${t("do.close")} onClick=${onClose}><${Icon} name="cross" /></button></div>
      <div class="dialog-body">${children}<div role="alert">${wrong && html`<p class="alert">${wrong}</p>`}</div></div>
      ${onSend && html`<div class="dialog-foot">
        <button type="button" class="button" onClick=${onClose}>${t("do.cancel")}</button>
        <button type="submit" class=${`button ${danger ? "danger" : "main"}`} disabled=${!ready} aria-busy=${busy}>${busy && html`<span class="busy" aria-hidden="true"></span>`}${send ?? t("do.ok")}</button>
      </div>`}
    </form>
  </dialog>`;
}
