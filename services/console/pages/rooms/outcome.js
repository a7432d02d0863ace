// Why an answer is where it is, in the reader's words.
// In: the reason that the house notes of a delivery. Out: a text; a reason that the page does not know
// stands as the house wrote it. Never here: a state.
import { has, t } from "../base/words.js";

const KNOWN = {
  "the provider cannot be reached": "outcome.provider.unreached",
  "the provider did not answer in time": "outcome.provider.silent",
  "the provider's answer was lost": "outcome.provider.silent",
  "the provider's answer was cut off": "outcome.provider.silent",
  "the provider gave no access token": "outcome.provider.token",
  "the provider refused its own token": "outcome.provider.token",
};

export function outcome(reason) {
  if (!reason) return "";
  if (has(`withheld.${reason}`)) return t(`withheld.${reason}`);
  const status = /^the provider answered (\d{3})$/.exec(reason)?.[1];
  if (status) return t("outcome.provider.status", { status });
  return KNOWN[reason] ? t(KNOWN[reason]) : reason;
}
