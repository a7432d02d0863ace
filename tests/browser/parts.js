// The page counts the parts of a short message as the house does: by the same list. It needs neither a
// browser nor a house.
import { readFileSync } from "node:fs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("services/console/pages/base/parts.js");
// As a browser takes it: a module, whatever its folder says to Node.
const { smsParts } = await import(`data:text/javascript,${encodeURIComponent(page)}`);
const list = JSON.parse(read("shared/channel/src/parts/held.json"));
const wrong = list.filter(({ runs, parts }) => smsParts(runs.map(([sign, times]) => sign.repeat(times)).join("")) !== parts);
if (list.length === 0 || wrong.length > 0) throw new Error(`counted otherwise: ${JSON.stringify(wrong)}`);
