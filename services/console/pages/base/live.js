// The desk's socket: frames in order, commands that are answered once.
// In: the house's frames. Out: each frame to its hearer; for each command a promise of its result.
// A gap in `seq`, silence or a lost line ends the connection; the next one begins with a whole
// picture (`hello`), and what was not answered is sent again under the same `ref`, which the house
// does once. Never here: what a frame means.
import { Problem, get, uuid } from "./api.js";
import { learn } from "./clock.js";

const PATH = "/api/v1/agent/socket";
/** After so long a silence the house is asked for a sign of life. */
const SILENCE_MS = 10_000;
/** The house answers within 10 s, if only by `outcome_unknown`. */
const ANSWER_MS = 15_000;
const BACK_OFF_MS = { first: 400, most: 10_000 };

/**
 * Opens the socket and keeps it open.
 * `onFrame(frame)` hears every frame but results; `onLine(state)` hears `on`, `off`, `out`.
 */
export function connect({ onFrame, onLine }) {
  const outbox = new Map();
  let socket = null;
  let seq = 0;
  let heardAt = 0;
  let tries = 0;
  let timer = null;
  let ended = false;
  let greeted = false;

  function dial() {
    if (ended) return;
    clearTimeout(timer);
    seq = 0;
    greeted = false;
    heardAt = performance.now();
    const line = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${PATH}`);
    socket = line;
    line.onmessage = ({ data }) => line === socket && take(JSON.parse(data));
    line.onclose = () => line === socket && lost();
  }

  function take(frame) {
    heardAt = performance.now();
    if (frame.seq !== seq + 1) return drop();
    seq = frame.seq;
    if (frame.at && frame.type === "hello") learn(frame.at);
    if (frame.type === "result") return answer(frame);
    onFrame(frame);
    if (frame.type === "hello" && !greeted) {
      greeted = true;
      tries = 0;
      onLine("on");
      for (const [ref, command] of outbox) write(ref, command);
    }
  }

  function answer({ ref, ok, problem, delivery_id }) {
    const command = outbox.get(ref);
    if (!command) return;
    outbox.delete(ref);
    if (ok) command.resolve({ delivery_id });
    else command.reject(new Problem(problem.code, problem));
  }

  function write(ref, command) {
    command.sentAt = performance.now();
    socket.send(JSON.stringify({ ...command.frame, ref }));
  }

  function ping() {
    socket.send(JSON.stringify({ type: "ping", ref: uuid() }));
  }

  function drop() {
    const line = socket;
    socket = null;
    line?.close();
    lost();
  }

  function lost() {
    socket = null;
    if (ended) return;
    if (greeted || tries === 0) onLine("off");
    greeted = false;
    const wait = Math.min(BACK_OFF_MS.first * 2 ** tries, BACK_OFF_MS.most) * (0.5 + Math.random() / 2);
    tries += 1;
    clearTimeout(timer);
    timer = setTimeout(redial, wait);
  }

  async function redial() {
    try {
      await get("session");
    } catch (problem) {
      if (problem.code === "unauthenticated") {
        end(problem);
        return onLine("out");
      }
      if (problem.code === "unreached") return lost();
    }
    dial();
  }

  const watch = setInterval(() => {
    const at = performance.now();
    const unanswered = [...outbox.values()].some((command) => greeted && at - command.sentAt > ANSWER_MS);
    if (socket && (unanswered || at - heardAt > SILENCE_MS + ANSWER_MS)) drop();
    else if (greeted && at - heardAt > SILENCE_MS) ping();
  }, 1000);

  const hurry = () => {
    if (ended || greeted || document.visibilityState === "hidden") return;
    clearTimeout(timer);
    tries = 0;
    if (!socket) redial();
  };
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);

  function end(problem) {
    ended = true;
    clearInterval(watch);
    clearTimeout(timer);
    removeEventListener("online", hurry);
    document.removeEventListener("visibilitychange", hurry);
    for (const command of outbox.values()) command.reject(problem);
    outbox.clear();
    socket?.close();
  }

  dial();
  return {
    /** Sends a command; resolves when it was done, rejects with a `Problem` when it was refused. */
    send(type, fields = {}) {
      if (ended) return Promise.reject(new Problem("unauthenticated"));
      const ref = uuid();
      return new Promise((resolve, reject) => {
        const command = { frame: { ...fields, type }, resolve, reject, sentAt: 0 };
        outbox.set(ref, command);
        if (greeted) write(ref, command);
      });
    },
    close: () => end(new Problem("unauthenticated")),
  };
}
