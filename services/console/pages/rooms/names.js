// Small words that the workbench's rooms share: numbers, masks, names by id.
// In: a case, an address, an id. Out: a text. Never here: a request.
import { t, word } from "../base/words.js";

/** Hides the middle of an address, as the house does. */
export function mask(value) {
  if (!value) return "";
  const [name, domain] = value.replace(/^\+86/, "").split("@");
  const signs = [...name];
  const shown = signs.length > 7 ? `${signs.slice(0, 3).join("")}****${signs.slice(-4).join("")}` : `${signs[0] ?? ""}***`;
  return domain ? `${shown}@${domain}` : shown;
}

/** What a client is called before anybody looks: his name as the channel tells it, else his address. */
export function callerOf(one) {
  const last = one.contacts.at(-1) ?? {};
  return last.from_name || mask(last.from) || t("said.client");
}

export const lastText = (one) => [...one.contacts].reverse().find((contact) => contact.text)?.text ?? "";

export const agentName = (names, id) => names?.agents.find((agent) => agent.id === id)?.name ?? id;
export const queueName = (names, id) => names?.queues.find((queue) => queue.id === id)?.name ?? id;
export const zoneOf = (names, branch) => names?.branches.find((known) => known.id === branch)?.time_zone;

/** A size as people read it. */
export function size(bytes) {
  if (bytes < 1024) return t("unit.byte", { n: bytes });
  if (bytes < 1024 * 1024) return t("unit.kb", { n: Math.round(bytes / 1024) });
  return t("unit.mb", { n: (bytes / 1024 / 1024).toFixed(1) });
}

/** Why an agent is away, in words. */
export const awayReason = (reason) => (reason ? word("reason", reason) : t("state.away"));

/** Reasons for which the house itself sets an agent away. */
export const BY_HOUSE = ["lost", "missed_offers"];
