// What the house is asked again and again.
// In: a path of the API and how often. Out: its latest answer, since when there is none, a way to
// ask at once. While nobody looks it is asked rarely; while the house is away, ever more rarely. Never
// here: what an answer means.
import { get } from "./api.js";
import { learn } from "./clock.js";
import { useCallback, useEffect, useRef, useState } from "./ui.js";

const UNSEEN = 15;
const MOST_MS = 10_000;

/** `path` may be `null`: then nothing is asked. */
export function usePoll(path, ms) {
  const [state, set] = useState({ data: null, problem: null, heardAt: 0 });
  const hurry = useRef(() => {});
  useEffect(() => {
    if (!path) return undefined;
    let timer = null;
    let ended = false;
    let turn = 0;
    let vain = 0;
    let said = "";
    const ask = async () => {
      clearTimeout(timer);
      const mine = ++turn;
      try {
        const data = await get(path);
        if (ended || mine !== turn) return;
        vain = 0;
        if (data?.at) learn(data.at);
        const text = JSON.stringify(data);
        const same = text === said;
        said = text;
        const heardAt = performance.now();
        set((old) => ({ data: same ? old.data : data, problem: null, heardAt }));
      } catch (problem) {
        if (ended || mine !== turn) return;
        vain += 1;
        set((old) => ({ ...old, problem }));
      }
      const wait = vain ? Math.min(ms * 2 ** Math.min(vain, 6), MOST_MS) : document.hidden ? ms * UNSEEN : ms;
      timer = setTimeout(ask, wait);
    };
    const seen = () => document.hidden || ask();
    document.addEventListener("visibilitychange", seen);
    hurry.current = ask;
    ask();
    return () => {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [path, ms]);
  const again = useCallback(() => hurry.current(), []);
  return { ...state, again };
}
