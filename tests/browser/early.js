// A desk that does not know everything yet, or was set away: no key throws, none is swallowed, and the
// way back is one key.
import { insist, story } from "./browser.js";
import { house } from "./house.js";
import { beReady, hear, look, lookInBoth, signIn } from "./people.js";

await story(await house(), async (world) => {
  world.expected.push(/ERR_FAILED|Failed to load resource/);
  await comesBack(world);
  await choosesFromNothing(world);
  await getsTwoAtOnce(world);
  await waitsForTheLine(world);
});

/** Nobody saw him for the grace time: he is away, knows why, and is ready again by one key. */
async function comesBack(world) {
  await world.house.must("chen", "POST", "/agents/chen/ready");
  for (;;) {
    const { reason } = await world.house.must("xie", "GET", "/agents/chen");
    if (reason === "lost") break;
    await new Promise((done) => setTimeout(done, 200));
  }
  const page = await signIn(world, "chen");
  await page.getByText("您的连接曾中断,系统已将您示忙").waitFor();
  insist(!(await page.locator(".own").innerText()).includes("连接中断"), "the line is said to be lost while it is not");
  await lookInBoth(world, page, "early-back");
  await page.keyboard.press("Alt+KeyS");
  await page.locator(".own .state strong", { hasText: "示闲" }).waitFor();
  await page.getByText("您的连接曾中断").waitFor({ state: "hidden" });
  await page.keyboard.press("Alt+KeyS");
  await hear(page, "该操作现在不可用");
  // A shift leader sets her away: she is told.
  await world.house.must("xie", "POST", "/agents/chen/away", { reason: "meeting" });
  await hear(page, "您已被置忙:会议");
  await page.context().close();
}

/** The names were not read: every question opens, says so, and fills when they come. */
async function choosesFromNothing(world) {
  const page = await world.page();
  let away = true;
  await page.route("**/api/v1/desk", (route) => (away ? route.abort() : route.continue()));
  await signIn({ ...world, page: async () => page }, "lin");
  await beReady(page);
  await world.house.sms("13800138011", "请问营业时间是几点");
  await page.locator("article.offer").waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".said.client").waitFor();
  for (const key of ["T", "L", "K"]) {
    await page.keyboard.press(`Alt+Key${key}`);
    await page.locator("dialog[open]").getByText("选项尚未读取").waitFor();
    if (key === "T") await look(world, page, "early-nothing");
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
  }
  await page.keyboard.press("Alt+KeyT");
  away = false;
  await page.locator("dialog[open] option", { hasText: "综合咨询" }).or(page.locator("dialog[open] option").nth(1)).first().waitFor({ state: "attached" });
  await page.getByText("选项尚未读取").waitFor({ state: "hidden" });
  await page.context().close();
}

/** Two offers stand side by side; the keys are the first one's, and pass to the other. */
async function getsTwoAtOnce(world) {
  const page = await signIn(world, "lin");
  await page.locator(".own .state strong", { hasText: "示闲" }).waitFor();
  for (const client of ["13800138012", "13800138013"]) await world.house.sms(client, "请问营业时间是几点");
  const offers = page.locator("article.offer");
  await offers.nth(1).waitFor();
  await look(world, page, "early-two");
  for (const left of [1, 0]) {
    await page.keyboard.press("Alt+KeyA");
    await offers.nth(left).waitFor({ state: "detached" });
  }
  await page.context().close();
}

/** The socket has not said its first word: keys say that it is too early. */
async function waitsForTheLine(world) {
  const page = await world.page();
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  await page.routeWebSocket("**/agent/socket", async (line) => {
    await opened;
    line.connectToServer();
  });
  await signIn({ ...world, page: async () => page }, "chen");
  await page.getByText("正在连接…").waitFor();
  await page.keyboard.press("Alt+KeyS");
  await hear(page, "该操作现在不可用");
  await look(world, page, "early-begins");
  open();
  await page.locator(".own .state strong", { hasText: "会议" }).waitFor();
}
