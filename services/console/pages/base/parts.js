// Short messages: in how many parts a text travels; the house counts so too, and both are held to the
// same list. In: a text. Out: how many parts. Never here: another file, so that it is tried alone.

// The signs of the GSM alphabet beside letters and digits; those behind an escape take two places.
const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà");
const EXTENDED = new Set("^{}\\[~]|€\f");
/** Units of one part alone, and of one of several. */
const GSM7 = [160, 153];
const UCS2 = [70, 67];

function gsmUnits(sign) {
  if (/^[0-9A-Za-z]$/.test(sign) || BASIC.has(sign)) return 1;
  return EXTENDED.has(sign) ? 2 : NaN;
}

/** No sign is cut in two: one that does not fit begins the next part. */
export function smsParts(text) {
  const signs = [...text];
  const short = signs.map(gsmUnits);
  const [units, [alone, ofSeveral]] = short.some(Number.isNaN) ? [signs.map((sign) => sign.length), UCS2] : [short, GSM7];
  if (units.reduce((sum, one) => sum + one, 0) <= alone) return 1;
  let [parts, filled] = [1, 0];
  for (const one of units) {
    if (filled + one > ofSeveral) [parts, filled] = [parts + 1, 0];
    filled += one;
  }
  return parts;
}
