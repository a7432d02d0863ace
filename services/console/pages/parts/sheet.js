// A panel that slides over the page's end side until it is left by Escape.
// In: title, what is in it, how it is left. Out: the browser's own modal dialog, with focus given back
// to where it was. Never here: what is in it.
import { html, useEffect, useId, useRef } from "../base/ui.js";
import { t } from "../base/words.js";
import { Icon } from "./icon.js";

export function Sheet({ title, children, foot, onClose }) {
  const sheet = useRef();
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    sheet.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  const outside = (event) => event.target === sheet.current && onClose();
  return html`<dialog class="sheet" ref=${sheet} aria-labelledby=${id} onClick=${outside} onCancel=${(event) => { event.preventDefault(); onClose(); }}>
    <div class="sheet-inner">
      <div class="dialog-head"><h2 id=${id} class="grow">${title}</h2>
        <button type="button" class="button plain small" aria-label=${t("do.close")} onClick=${onClose}><${Icon} name="cross" /></button></div>
      <div class="sheet-body scroll" tabindex="0" role="group" aria-labelledby=${id}>${children}</div>
      ${foot && html`<div class="dialog-foot wrap">${foot}</div>`}
    </div>
  </dialog>`;
}
