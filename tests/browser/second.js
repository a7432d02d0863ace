// One agent in two browsers: both show what he has, and an offer that he answers in one leaves the
// other.
import { insist, story } from "./browser.js";
import { house } from "./house.js";
import { beReady, look, signIn } from "./people.js";

const WORDS = ["请问几点下班", "请问周末上班吗"];

await story(await house(), async (world) => {
  const page = await signIn(world, "lin");
  await beReady(page);
  const second = await signIn(world, "lin");
  for (const [at, words] of WORDS.entries()) {
    await world.house.sms(`1380013801${at}`, words);
    for (const one of [page, second]) await one.locator("article.offer").nth(at).waitFor();
  }
  await takes(page, second, WORDS[0], 1);
  await look(world, second, "second-browser");
  await takes(second, page, WORDS[1], 0);
  const cases = await world.house.must("xie", "GET", "/cases?agent=lin");
  insist(cases.items.length === WORDS.length, `lin has ${cases.items.length} cases`);
});

/** Accepts the first offer in one browser; so many are left in both. */
async function takes(page, other, words, left) {
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".said.client", { hasText: words }).waitFor();
  for (const one of [page, other]) await one.locator("article.offer").nth(left).waitFor({ state: "detached" });
}
