// The house's time, as near as a browser knows it.
// In: instants that the house told. Out: now, in ms; a beat once a second for whoever shows time.
// Never here: the browser's own clock as a deadline.
import { useEffect, useState } from "./ui.js";

let ahead = 0;
let known = false;

/** Learns what time it is in the house; a whole-second source never undoes a finer one. */
export function learn(instant, coarse = false) {
  const at = typeof instant === "number" ? instant : Date.parse(instant);
  if (Number.isNaN(at) || (coarse && known)) return;
  // The header `Date` cuts the second; its middle is the best guess.
  ahead = at + (coarse ? 500 : 0) - Date.now();
  known = known || !coarse;
}

export const now = () => Date.now() + ahead;

/** Gives `now` and calls the component again every `ms`. */
export function useNow(ms = 1000) {
  const [, beat] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => beat((n) => n + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now();
}
