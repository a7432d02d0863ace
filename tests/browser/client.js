// A client opens the signed link on his telephone, sees what he ordered by a short message, orders
// more, cancels all; every change is there at once and leaves evidence.
import { TELEPHONE, insist, story } from "./browser.js";
import { house } from "./house.js";
import { look, lookInBoth } from "./people.js";

await story(await house(), async (world) => {
  const client = await ordersByMessage(world);
  const { path } = await world.house.must("core", "POST", `/clients/${client}/link`, {});
  const page = await world.page("zh-CN", TELEPHONE);
  await page.goto(world.house.url + path);
  const morning = page.getByRole("switch", { name: "早盘建议" });
  await morning.and(page.locator("[aria-checked=true]")).waitFor();
  await lookInBoth(world, page, "client", { scrolls: true });

  const training = page.getByRole("switch", { name: "培训邀约" });
  await training.focus();
  await page.keyboard.press("Space");
  await page.getByText("您已订阅培训邀约。").waitFor();
  insist((await live(world, client)) === "morning,training", "the page's order does not stand");

  await page.getByRole("button", { name: "全部退订" }).click();
  await page.locator("dialog[open]").waitFor();
  await look(world, page, "client-sure", { scrolls: true });
  await page.keyboard.press("Control+Enter");
  await page.getByText("已为您全部退订。").waitFor();
  insist((await live(world, client)) === "", "the page's cancel does not stand");
  const proof = await world.house.must("hegui", "GET", `/clients/${client}/consents`);
  insist(proof.items.length >= 3, `three acts left ${proof.items.length} proofs`);
  await lookInBoth(world, page, "client-cancelled", { scrolls: true });
});

/** Orders a topic as clients do; gives the client's id. */
async function ordersByMessage(world) {
  await world.house.sms("13800138004", "订阅 早盘");
  for (;;) {
    const { items } = await world.house.must("xie", "GET", "/contacts");
    const client = items[0]?.client_id;
    if (client && (await live(world, client)) === "morning") return client;
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function live(world, client) {
  const { items } = await world.house.must("core", "GET", `/clients/${client}/subscriptions`);
  return items.filter((one) => one.live).map((one) => one.topic).sort().join();
}
