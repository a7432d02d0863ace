// A page's state in one place, changed by one function.
// In: actions. Out: the new state to whoever looks. Never here: what an action does.
import { useEffect, useState } from "./ui.js";

/** Makes a store: `reduce(state, action)` gives the next state. */
export function makeStore(reduce, state) {
  const hearers = new Set();
  return {
    get: () => state,
    do(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const hear of hearers) hear(state);
    },
    listen(hear) {
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
  };
}

/** Gives the state and calls the component again when it changes. */
export function useStore(store) {
  const [state, set] = useState(store.get());
  useEffect(() => {
    set(store.get());
    return store.listen(set);
  }, [store]);
  return state;
}

/** Calls the component again when the reader chooses another language. */
export function useLanguage() {
  const [, turn] = useState(0);
  useEffect(() => {
    const hear = () => turn((n) => n + 1);
    addEventListener("language", hear);
    return () => removeEventListener("language", hear);
  }, []);
}
