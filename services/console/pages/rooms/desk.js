// The agent's picture: what lies on his desk, as the house tells it.
// In: frames of the socket, answers of REST. Out: a store; commands that are sent by it. A case is
// as the house told it last; what the reader typed stands apart, marked as not yet taken.
// Never here: drawing.
import { all, get } from "../base/api.js";
import { now } from "../base/clock.js";
import { connect } from "../base/live.js";
import { ring } from "../base/sound.js";
import { makeStore } from "../base/store.js";
import { span, t, word } from "../base/words.js";
import { complain, say } from "../parts/toast.js";
import { BY_HOUSE, awayReason } from "./names.js";

const HELD = ["active", "wrap_up", "pending"];
/** How long changes gather before the load of the agent is asked for again. */
const GATHER_MS = 400;
/** How soon what was not answered is asked for again. */
const AGAIN_MS = { first: 1000, most: 15_000 };

const EMPTY = {
  line: "begin",
  names: null,
  state: null,
  reason: null,
  load: null,
  cases: {},
  offers: {},
  promises: {},
  unread: {},
  talks: {},
  sending: [],
  figures: [],
  chosen: null,
  announced: "",
  noted: "",
};

export function reduce(state, action) {
  switch (action.type) {
    case "line":
      return { ...state, line: action.line };
    case "names":
      return { ...state, names: action.names };
    case "load":
      return { ...state, load: action.load };
    case "hello":
      return hello(state, action);
    case "offer":
      return offered(state, action);
    case "rescinded":
      return withoutOffer(state, action.offer_id, t("offer.taken_back"));
    case "answered":
      return withoutOffer(state, action.offer_id);
    case "case":
      return told(state, action.case);
    case "message":
      return said(state, action);
    case "delivery":
      return stands(state, action.delivery);
    case "promise":
      return promised(state, action.promise);
    case "promises":
      return { ...state, promises: byId(action.promises) };
    case "agent":
      return { ...state, state: action.state, reason: action.reason };
    case "figures":
      return { ...state, figures: action.queues };
    case "choose":
      return { ...state, chosen: action.id, unread: without(state.unread, action.id) };
    case "talk":
      return { ...state, talks: { ...state.talks, [action.id]: action.talk } };
    case "sending":
      return { ...state, sending: [...state.sending, action.one] };
    case "sent":
      return { ...state, sending: state.sending.map((one) => (one.id === action.id ? { ...one, ...action.change } : one)) };
    case "unsent":
      return { ...state, sending: state.sending.filter((one) => one.id !== action.id) };
    default:
      return state;
  }
}

const byId = (items, id = "id") => Object.fromEntries(items.map((item) => [item[id], item]));

function without(map, key) {
  const { [key]: _, ...rest } = map;
  return rest;
}

const onDesk = (one) => HELD.includes(one.state);

function hello(state, { state: mine, reason, cases, offers }) {
  const known = byId(cases);
  const fresh = offers.find((offer) => !state.offers[offer.offer_id]);
  return {
    ...state,
    announced: fresh ? announce(fresh) : state.announced,
    state: mine,
    reason,
    cases: known,
    offers: byId(offers.map((offer) => ({ ...offer, from: state.offers[offer.offer_id]?.from ?? now() })), "offer_id"),
    chosen: known[state.chosen] ? state.chosen : null,
    talks: {},
  };
}

function offered(state, offer) {
  const { offer_id, expires_at, case: about } = offer;
  const offers = { ...state.offers, [offer_id]: { offer_id, expires_at, case: about, from: now() } };
  return { ...state, offers, announced: announce(offer) };
}

function announce({ expires_at, case: about }) {
  const left = span((Date.parse(expires_at) - now()) / 1000);
  return t("offer.new", { channel: word("channel", about.channel), kind: word("kind", about.kind), span: left });
}

function withoutOffer(state, id, announced = "") {
  if (!state.offers[id]) return state;
  return { ...state, offers: without(state.offers, id), announced };
}

function told(state, one) {
  const before = state.cases[one.id];
  if (before && (before.moves > one.moves || (before.moves === one.moves && before.seq > one.seq))) return state;
  const offers = answered(state.offers, one);
  if (onDesk(one)) return { ...state, offers, cases: { ...state.cases, [one.id]: one } };
  const chosen = state.chosen === one.id ? null : state.chosen;
  return { ...state, offers, cases: without(state.cases, one.id), unread: without(state.unread, one.id), chosen };
}

/** Leaves out the offer of a case that the agent took in another browser. */
function answered(offers, one) {
  const gone = onDesk(one) && Object.values(offers).find((offer) => offer.case.id === one.id);
  return gone ? without(offers, gone.offer_id) : offers;
}

function said(state, { case_id, contact, delivery }) {
  const add = (talk) => ({
    ...talk,
    contacts: contact ? { ...talk.contacts, [contact.id]: contact } : talk.contacts,
    deliveries: delivery ? { ...talk.deliveries, [delivery.id]: { ...delivery, ...talk.deliveries[delivery.id] } } : talk.deliveries,
  });
  const talks = Object.fromEntries(
    Object.entries(state.talks).map(([id, talk]) => [id, talk.cases[case_id] ? add(talk) : talk]),
  );
  const about = state.cases[case_id];
  const cases = about && contact && !about.contacts.some((known) => known.id === contact.id)
    ? { ...state.cases, [case_id]: { ...about, contacts: [...about.contacts, contact] } }
    : state.cases;
  const read = !contact || (state.chosen === case_id && document.visibilityState === "visible");
  const unread = read ? state.unread : { ...state.unread, [case_id]: (state.unread[case_id] ?? 0) + 1 };
  return { ...state, talks, cases, unread, noted: contact ? `${t("live.unread")} ${word("kind", about?.kind)}` : state.noted };
}

function stands(state, delivery) {
  const talks = Object.fromEntries(
    Object.entries(state.talks).map(([id, talk]) => {
      const known = talk.deliveries[delivery.id];
      return [id, known ? { ...talk, deliveries: { ...talk.deliveries, [delivery.id]: { ...known, ...delivery } } } : talk];
    }),
  );
  return { ...state, talks };
}

function promised(state, promise) {
  if (promise.state !== "open") return { ...state, promises: without(state.promises, promise.id) };
  return { ...state, promises: { ...state.promises, [promise.id]: promise } };
}

/** Opens an agent's desk: reads what it needs, keeps to the socket until it is closed. */
export function openDesk(me, onSignedOut) {
  const store = makeStore(reduce, EMPTY);
  let gathering = null;
  let asking = null;
  let chosenReason = null;
  let closed = false;

  const line = connect({
    onLine(state) {
      if (state === "out") return onSignedOut();
      store.do({ type: "line", line: state });
    },
    onFrame(frame) {
      if (frame.type === "told") return warn(frame);
      const { offers: before, state: stood } = store.get();
      store.do(frame);
      if (frame.type === "agent" && stood === "ready") wasSetAway(frame);
      if (frame.type === "hello" && frame.offers.some((offer) => !before[offer.offer_id])) ring();
      if (frame.type === "hello") reread();
      // An accepted case is chosen before it lies on the desk.
      if (frame.type === "case" && frame.case.id === store.get().chosen && !store.get().talks[frame.case.id]) readTalk(frame.case.id);
      if (frame.type === "delivery") fill(frame.delivery.id);
      if (frame.type === "offer") ring({ urgent: frame.case.priority === "first" });
      if (frame.type === "message" && frame.contact) ring();
      if (["offer", "rescinded", "case", "agent", "hello"].includes(frame.type)) gather();
    },
  });

  function warn({ case_id, why }) {
    const kind = word("kind", store.get().cases[case_id]?.kind);
    say(kind ? t("told.text", { what: word("told", why), kind }) : word("told", why));
  }

  /** The house's own words are told of before they are written; they are read when they go out. */
  async function fill(id) {
    const known = Object.values(store.get().talks).map((talk) => talk.deliveries[id]).find(Boolean);
    if (!known || known.agent || known.text !== null) return;
    try {
      store.do({ type: "delivery", delivery: await get(`deliveries/${id}`) });
    } catch {
      // The next step of its way asks again.
    }
  }

  function gather() {
    clearTimeout(gathering);
    gathering = setTimeout(async () => {
      try {
        store.do({ type: "load", load: await get(`agents/${me.agent}`) });
      } catch {
        // The next change asks again.
      }
    }, GATHER_MS);
  }

  /** Reads what the desk needs beside the socket; what was not answered is asked for again. */
  async function reread(vain = 0) {
    clearTimeout(asking);
    try {
      const [names, promises] = await Promise.all([get("desk"), all(`promises?state=open&owner=${encodeURIComponent(me.agent)}`)]);
      if (closed) return;
      store.do({ type: "names", names });
      store.do({ type: "promises", promises });
      if (store.get().chosen) await readTalk(store.get().chosen);
    } catch (problem) {
      if (closed || problem.code === "unauthenticated") return;
      if (vain === 0 && problem.code !== "unreached") complain(problem);
      asking = setTimeout(() => reread(vain + 1), Math.min(AGAIN_MS.first * 2 ** vain, AGAIN_MS.most));
    }
  }

  /** Says that somebody else set the agent away; what the house does itself stands on the page. */
  function wasSetAway({ state, reason }) {
    if (state !== "away" || BY_HOUSE.includes(reason)) return;
    if (reason !== chosenReason) say(t("away.set", { reason: awayReason(reason) }));
    chosenReason = null;
  }

  async function wish(type, fields) {
    try {
      await line.send(type, fields);
    } catch (problem) {
      if (!closed) complain(problem);
    }
  }

  async function readTalk(id) {
    const about = store.get().cases[id];
    if (!about) return;
    try {
      const talk = about.client_id ? await historyOf(about) : await talkOf(about);
      if (!closed && store.get().cases[id]) store.do({ type: "talk", id, talk });
    } catch (problem) {
      complain(problem);
    }
  }

  return {
    store,
    me,
    readTalk,
    send: line.send,
    ready: () => wish("ready"),
    away(reason) {
      chosenReason = reason;
      return wish("away", { reason });
    },
    choose(id) {
      store.do({ type: "choose", id });
      if (id && !store.get().talks[id]) readTalk(id);
    },
    close() {
      closed = true;
      clearTimeout(gathering);
      clearTimeout(asking);
      line.close();
    },
  };
}

async function historyOf(about) {
  const got = await get(`clients/${about.client_id}/history?case_id=${about.id}`);
  return {
    whole: true,
    cases: { [about.id]: about, ...byId(got.cases) },
    contacts: byId(got.contacts),
    deliveries: byId(got.deliveries),
    notes: got.notes,
  };
}

async function talkOf(about) {
  const [contacts, deliveries, notes] = await Promise.all([
    get(`contacts?case_id=${about.id}&limit=100`),
    get(`deliveries?case_id=${about.id}`),
    get(`cases/${about.id}/notes`),
  ]);
  return {
    whole: false,
    cases: { [about.id]: about },
    contacts: byId(contacts.items),
    deliveries: byId(deliveries.items),
    notes: notes.items.map((note) => ({ ...note, case_id: about.id })),
  };
}
