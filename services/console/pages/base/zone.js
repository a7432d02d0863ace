// The clock on the wall of the branch.
// In: its time zone, as the house names it. Out: that zone for whoever shows an instant or asks for
// one; its name where the reader's own clock shows another time. Never here: a format.
import { lang } from "./words.js";

let own;

/** Keeps to a zone; one that this browser does not know leaves the browser's own. */
export function keepTo(name) {
  own = known(name);
}

/** Gives the zone to show an instant in: the one asked for, else the page's. */
export const zoneFor = (asked) => (asked ? known(asked) : own);

const checked = new Map();
function known(name) {
  if (!name) return undefined;
  if (!checked.has(name)) {
    let good = name;
    try {
      new Intl.DateTimeFormat("en", { timeZone: name });
    } catch {
      good = undefined;
    }
    checked.set(name, good);
  }
  return checked.get(name);
}

/** Says what a zone is called: 中国标准时间. */
export function zoneName(asked) {
  const timeZone = zoneFor(asked);
  const parts = new Intl.DateTimeFormat(lang(), { timeZone, timeZoneName: "long" }).formatToParts(Date.now());
  return parts.find((part) => part.type === "timeZoneName")?.value ?? timeZone ?? "";
}

/** Says whether the reader's own clock shows another time than the zone's. */
export const isForeign = (asked, at = Date.now()) => aheadOf(zoneFor(asked), at) !== aheadOf(undefined, at);

const clocks = new Map();
function clockOf(timeZone) {
  const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
  if (!clocks.has(timeZone)) clocks.set(timeZone, new Intl.DateTimeFormat("en", { timeZone, hourCycle: "h23", ...parts }));
  return clocks.get(timeZone);
}

/** How far a zone is ahead of UTC at an instant, in ms. */
function aheadOf(timeZone, at) {
  const whole = Math.floor(at / 1000) * 1000;
  const parts = clockOf(timeZone).formatToParts(whole);
  const of = (type) => Number(parts.find((part) => part.type === type).value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - whole;
}

/** What the zone's clock shows at an instant, as `datetime-local` wants it. */
export const wall = (at, asked) => new Date(at + aheadOf(zoneFor(asked), at)).toISOString().slice(0, 16);

/** The instant at which the zone's clock shows so. */
export function instantOf(text, asked) {
  const shown = Date.parse(`${text}Z`);
  const zone = zoneFor(asked);
  // Where the clock is put forward or back, the second look is near enough to be right.
  const near = shown - aheadOf(zone, shown);
  return new Date(shown - aheadOf(zone, near)).toISOString();
}
