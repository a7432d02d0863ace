// Pictures, drawn inline: they follow the text's colour and need no file.
// In: a name. Out: an SVG that says nothing to a screen reader; the words beside it do.
import { html } from "../base/ui.js";

const PATHS = {
  phone: "M3 2.5h3l1.2 3-1.7 1.2a8 8 0 0 0 3.8 3.8l1.2-1.7 3 1.2v3c0 .3-.2.5-.5.5C7 13.5 2.5 9 2.5 3c0-.3.2-.5.5-.5z",
  sms: "M2 3h12v8H7l-3 2.500V11H2z",
  wechat: "M6.5 2.500c-2.8 0-5 1.7-5 4 0 1.3.7 2.3 1.8 3L3 11l1.8-.8M6 10.500a4.5 3.5 0 1 0 8.5-1.700c0-2-1.9-3.5-4.3-3.500S6 6.8 6 8.800z",
  email: "M2 3.500h12v9H2zM2 4.500l6 4.5 6-4.5",
  webhook: "M5 2h6v12H5zM7.5 12h1",
  counter: "M8 7a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 14c0-2.8 2.2-5 5-5s5 2.2 5 5",
  bell: "M4 11V7a4 4 0 0 1 8 0v4l1 1.500H3zM7 14h2",
  mute: "M4 11V7a4 4 0 0 1 6.5-3M12 7v4l1 1.500H3.500M7 14h2M2 2l12 12",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3l2 1.5",
  check: "M3 8.500l3.5 3.500L13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  clip: "M11 4.500L5.5 10a1.5 1.5 0 0 0 2.1 2.100L13 6.700a3 3 0 0 0-4.3-4.200L3.3 8a4.5 4.5 0 0 0 6.3 6.300L13 11",
  note: "M3 2h10v9l-3 3H3zM10 14v-3h3M5.5 5.500h5M5.5 8.500h3",
  out: "M6 2H2.500v12H6M10 5l3 3-3 3M13 8H6",
  warn: "M8 2l6.5 11.500h-13zM8 6.500v3M8 11.500v.1",
  lock: "M4 7h8v6.500H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  back: "M10 3L5 8l5 5",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name] ?? PATHS.more} /></svg>`;
}
