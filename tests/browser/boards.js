// A shift leader helps a case that waits, by keyboard alone; an operator mends what could not be
// taken; both see figures that live.
import { insist, story } from "./browser.js";
import { house } from "./house.js";
import { beReady, hear, look, lookInBoth, signIn } from "./people.js";

await story(await house(), async (world) => {
  await leads(world);
  await operates(world);
});

async function leads(world) {
  const page = await signIn(world, "xie");
  await lookInBoth(world, page, "leader-quiet");
  const agents = [await onDuty(world, "lin"), await onDuty(world, "chen")];
  await world.house.sms("13800138001", "软件打不开,客户在等");
  const row = page.locator("table.cases tbody tr");
  await row.waitFor();
  await row.focus();
  await page.keyboard.press("r");
  await look(world, page, "leader-raises");
  await page.keyboard.press("Control+Enter");
  await hear(page, "已优先处理");
  await row.focus();
  await page.keyboard.press("a");
  // It is offered to one of the two; the other gets it at once.
  await row.filter({ hasText: "待接受" }).waitFor();
  const offered = await world.house.must("xie", "GET", "/cases?state=offered");
  const [to, name] = offered.items[0].agent === "lin" ? ["chen", "陈嘉怡"] : ["lin", "林晓雯"];
  await page.locator("dialog[open] select").selectOption(to);
  await look(world, page, "leader-assigns");
  await page.keyboard.press("Control+Enter");
  await row.filter({ hasText: "处理中" }).filter({ hasText: name }).waitFor();
  await row.focus();
  await page.keyboard.press("Enter");
  await page.getByText("分配经过").waitFor();
  await look(world, page, "leader-explains");
  await page.keyboard.press("Escape");
  await lookInBoth(world, page, "leader-at-work");
  const cases = await world.house.must("xie", "GET", "/cases?state=active");
  insist(cases.items[0].agent === to && cases.items[0].priority === "first", "the case was not raised and assigned");
  for (const one of [page, ...agents]) await one.context().close();
}

/** Signs an agent in and makes him ready. */
async function onDuty(world, name) {
  const page = await signIn(world, name);
  await beReady(page);
  return page;
}

async function operates(world) {
  await world.house.garbage();
  const page = await signIn(world, "ops1");
  const letter = page.locator("table tr", { hasText: "raw.sms.main" });
  await letter.waitFor();
  await lookInBoth(world, page, "ops", { scrolls: true });
  const drawings = page.getByRole("button", { name: "表格" });
  while ((await drawings.count()) > 0) await drawings.first().click();
  await look(world, page, "ops-tables", { scrolls: true });
  await letter.getByRole("button", { name: /^丢弃/ }).click();
  await look(world, page, "ops-drops", { scrolls: true });
  await page.keyboard.press("Control+Enter");
  await letter.waitFor({ state: "detached" });
  const [, dead] = await world.house.rest("ops1", "GET", "/dead-letters");
  insist(dead.items.length === 0, "the letter is still there");
  await page.context().close();
}
