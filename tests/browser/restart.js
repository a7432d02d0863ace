// The house dies under its pages and comes back: they say so, catch up, lose nothing and offer
// nothing twice.
import { insist, keep, story } from "./browser.js";
import { house } from "./house.js";
import { beReady, look, onlyCase, signIn } from "./people.js";

const WORDS = "重启期间写好的答复";

await story(await house(), async (world) => {
  world.expected.push(/ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|WebSocket connection|Failed to load resource/);
  const page = await signIn(world, "lin");
  const board = await signIn(world, "xie");
  await beReady(page);
  await world.house.sms("13800138002", "请问怎么开通期权");
  await page.locator("article.offer").waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".said.client").waitFor();
  const before = await onlyCase(world, "lin");

  await world.house.ask({ do: "kill" });
  await page.getByText("连接已断开,正在重连").waitFor();
  await board.getByText("连接已断开,正在重连").waitFor();
  await look(world, page, "restart-lost");
  await keep(world, board, "restart-lost-board");
  // Written while nobody hears: it is shown as not yet taken, and goes out once.
  await page.keyboard.press("Alt+KeyJ");
  await page.keyboard.type(WORDS);
  await page.keyboard.press("Control+Enter");
  await page.locator(".said.pending", { hasText: WORDS }).waitFor();

  await world.house.ask({ do: "start" });
  const said = page.locator(".said.ours", { hasText: WORDS });
  await said.filter({ hasText: "已发送" }).waitFor();
  await page.getByText("连接已断开,正在重连").waitFor({ state: "hidden" });
  await board.getByText("连接已断开,正在重连").waitFor({ state: "hidden" });
  await look(world, page, "restart-back");
  insist((await said.count()) === 1, "the answer stands there more than once");
  const after = await onlyCase(world, "lin");
  insist(after.id === before.id && after.state === "active", `the case is ${after.state}`);
  const [, sent] = await world.house.rest("xie", "GET", `/deliveries?case=${after.id}`);
  insist(sent.items.length === 1, `the answer was sent ${sent.items.length} times`);
  const [, offers] = await world.house.rest("lin", "GET", "/offers");
  insist(offers.items.length === 0, "the case is offered again");
});
