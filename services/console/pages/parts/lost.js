// Says that the house cannot be reached, and how old what is shown is; or that the sign-in is over.
// In: the polls of a page. Out: a banner, or nothing; calls `onOut` when nobody is signed in any more.
import { html, useEffect } from "../base/ui.js";
import { refusal, span, t } from "../base/words.js";
import { Icon } from "./icon.js";

export function Lost({ polls, onOut }) {
  const bad = polls.map((poll) => poll.problem).filter(Boolean);
  const out = bad.some((problem) => problem.code === "unauthenticated");
  useEffect(() => {
    if (out) onOut();
  }, [out]);
  if (bad.length === 0 || out) return html`<div role="status"></div>`;
  const heardAt = Math.min(...polls.map((poll) => poll.heardAt));
  const gone = ["unreached", "unavailable"].includes(bad[0].code);
  const age = t("board.lost", { span: span((performance.now() - heardAt) / 1000) });
  return html`<div role="status" class="banner bad"><${Icon} name="warn" />${gone ? (heardAt ? age : t("board.lost.now")) : refusal(bad[0])}</div>`;
}
