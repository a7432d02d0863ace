// A ring that runs down to an instant, and says the seconds in its middle.
// In: from when, until when. Out: a drawing; what it means is said once in words beside it.
import { html } from "../base/ui.js";
import { useNow } from "../base/clock.js";

const AROUND = 2 * Math.PI * 17;

export function Countdown({ from, until }) {
  const now = useNow(200);
  const whole = Math.max(1, until - from);
  const left = Math.max(0, until - now);
  const seconds = Math.ceil(left / 1000);
  return html`<svg class=${`ring ${left < 5000 ? "soon" : ""}`} viewBox="0 0 40 40" aria-hidden="true">
    <circle class="way" cx="20" cy="20" r="17" />
    <circle class="rest" cx="20" cy="20" r="17" stroke-dasharray=${`${(AROUND * Math.min(left, whole)) / whole} ${AROUND}`} />
    <text x="20" y="20">${seconds}</text>
  </svg>`;
}
