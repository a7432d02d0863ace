// An agent works through a case by keyboard alone: ready, accept, look, reply, mark, promise, note,
// close; on an office screen, on a telephone, in both languages.
import { TELEPHONE, insist, keep, story } from "./browser.js";
import { house } from "./house.js";
import { beReady, hear, look, lookInBoth, signIn } from "./people.js";

const CLIENT = "13800138000";

await story(await house(), async (world) => {
  const page = await signIn(world, "lin");
  await beReady(page);
  await lookInBoth(world, page, "agent-waits");

  await world.house.sms(CLIENT, "银证转账转不出来");
  await page.locator("article.offer").waitFor();
  await lookInBoth(world, page, "agent-offer");
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".said.client", { hasText: "银证转账转不出来" }).waitFor();
  await replies(page);
  await looksAtTheClient(page, world);
  await acts(page, world);
  await lookInBoth(world, page, "agent-case");
  await onATelephone(world, page);
  await closes(page, world);
});

async function replies(page) {
  await page.keyboard.press("Alt+KeyJ");
  await page.keyboard.type("您好,我来为您查询。");
  await page.keyboard.press("Control+Enter");
  const said = page.locator(".said.ours", { hasText: "您好,我来为您查询。" });
  await said.filter({ hasText: "已发送" }).waitFor();
  insist((await said.count()) === 1, "a reply stands there more than once");
}

/** What is masked is shown after a look that names the case. */
async function looksAtTheClient(page, world) {
  const card = page.locator("section", { has: page.getByRole("heading", { name: "客户视图" }) }).last();
  insist(!(await card.innerText()).includes(CLIENT), "the client's number is not masked");
  await page.keyboard.press("Alt+KeyV");
  await card.getByText(`+86${CLIENT}`).waitFor();
  await keep(world, page, "agent-unmasked");
  await page.keyboard.press("Alt+KeyV");
  await card.getByText(`+86${CLIENT}`).waitFor({ state: "hidden" });
}

async function acts(page, world) {
  await page.keyboard.press("Alt+KeyU");
  await hear(page, "已标记情绪激动");
  await page.keyboard.press("Alt+KeyQ");
  await page.locator("dialog[open] textarea").fill("请资金组核对银行端状态");
  await look(world, page, "agent-consults");
  await page.keyboard.press("Control+Enter");
  await page.locator(".said.note", { hasText: "请资金组核对银行端状态" }).waitFor();
  await page.keyboard.press("Alt+KeyP");
  await page.locator("dialog[open]").waitFor();
  await look(world, page, "agent-promises");
  await page.keyboard.press("Control+Enter");
  await hear(page, "承诺已登记");
}

/** The same case on a telephone: one column behind tabs. */
async function onATelephone(world, page) {
  const office = page.viewportSize();
  await page.setViewportSize(TELEPHONE);
  for (const tab of ["待办", "对话", "工单"]) {
    await page.getByRole("tab", { name: tab }).click();
    await look(world, page, `agent-telephone-${tab}`, { scrolls: true });
  }
  await page.setViewportSize(office);
}

async function closes(page, world) {
  const [, before] = await world.house.rest("xie", "GET", "/cases?state=active");
  insist(before.items.length === 1, "the case is not being worked on");
  await page.keyboard.press("Alt+KeyW");
  await page.locator("dialog[open]").waitFor();
  await look(world, page, "agent-closes");
  await page.keyboard.press("Control+Enter");
  await page.locator(".cases-panel .item").waitFor({ state: "detached" });
  const after = await world.house.must("xie", "GET", `/cases/${before.items[0].id}`);
  insist(["closed", "wrap_up"].includes(after.state), `the case is ${after.state}`);
  insist(after.marks.includes("upset"), "the case is not marked as upset");
}
