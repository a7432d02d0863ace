// Chromium of the distribution, and what every page must keep: nothing on its console, nothing that
// its content-security policy refused, no violation that axe finds.
// In: a house. Out: pages and their screenshots. Never here: a story.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** The office screen that every page must be right on, and a telephone. */
export const OFFICE = { width: 1366, height: 768 };
export const TELEPHONE = { width: 390, height: 844 };

/** Runs a story with a browser, and fails it for what any page complained of. */
export async function story(house, tell) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  const complaints = [];
  const world = {
    house,
    browser,
    /** What a page may complain of: it asks who is signed in before anybody is. */
    expected: [/401 \(Unauthorized\)/],
    async page(language = "zh-CN", viewport = OFFICE) {
      const context = await browser.newContext({ locale: language, viewport, reducedMotion: "reduce" });
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const complain = (text) => world.expected.some((known) => known.test(text)) || complaints.push(text);
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complain(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complain(`page error: ${error.stack ?? error.message}`));
      return page;
    },
  };
  try {
    await tell(world);
  } catch (error) {
    const pages = browser.contexts().flatMap((context) => context.pages());
    for (const [at, page] of pages.entries()) await keep(world, page, `failed-${basename(process.argv[1], ".js")}-${at}`);
    throw error;
  } finally {
    await browser.close();
    house.leave();
  }
  if (complaints.length > 0) throw new Error(`pages complained:\n${complaints.join("\n")}`);
}

/** Keeps a screenshot as an artefact. */
export async function keep(world, page, name) {
  await page.screenshot({ path: `${world.house.artefacts}/${name}.png` });
}

/** Insists that axe finds nothing on the page as it stands. */
export async function accessible(page, name) {
  // By the debugger, for the page's own policy lets no foreign script in.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  const words = found.map((one) => `${one.id}: ${one.help}\n  ${one.nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n  ")}`);
  if (words.length > 0) throw new Error(`axe on ${name}:\n${words.join("\n")}`);
}

/** Insists that the page itself does not scroll and nothing stands out at its side. */
export async function fits(page, name) {
  const size = await page.evaluate(() => {
    const root = document.scrollingElement;
    return [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight];
  });
  if (size[0] > 0 || size[1] > 0) throw new Error(`${name} is larger than the screen by ${size}`);
}

/** Insists that something holds. */
export function insist(holds, what) {
  if (!holds) throw new Error(what);
}
