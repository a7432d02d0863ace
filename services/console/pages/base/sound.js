// The sound of an offer, made on the spot.
// In: a wish to ring. Out: two short tones, unless muted; browsers allow them only after the
// reader has touched the page once. Never here: a file, a sound without a switch to end it.
const KEPT = "shouwen.mute";
let context = null;
let muted = read();

function read() {
  try {
    return localStorage.getItem(KEPT) === "1";
  } catch {
    return false;
  }
}

function wake() {
  context ??= new AudioContext();
  context.resume();
}
for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, wake, { once: true, capture: true });

export const isMuted = () => muted;

export function mute(wanted) {
  muted = wanted;
  try {
    localStorage.setItem(KEPT, wanted ? "1" : "0");
  } catch {
    // Then it holds for this page only.
  }
}

/** Rings once; `urgent` rings higher. */
export function ring({ urgent = false } = {}) {
  if (muted || context?.state !== "running") return;
  const begin = context.currentTime;
  [0, 0.18].forEach((after, index) => {
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = (urgent ? 880 : 660) * (index ? 1.25 : 1);
    gain.gain.setValueAtTime(0, begin + after);
    gain.gain.linearRampToValueAtTime(0.12, begin + after + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, begin + after + 0.16);
    tone.connect(gain).connect(context.destination);
    tone.start(begin + after);
    tone.stop(begin + after + 0.17);
  });
}
