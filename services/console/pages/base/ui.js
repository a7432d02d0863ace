// What every page is written with: preact's elements by htm, and its hooks.
// In: nothing. Out: `html` and the hooks. Never here: markup from a text; texts stay texts.
import { h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { render };
export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from "../vendor/hooks.js";
export const html = htm.bind(h);
