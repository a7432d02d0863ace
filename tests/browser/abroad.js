// Whoever sits in another zone reads and writes times by the branch's clock, and is told whose it is;
// a client's printed evidence is one link away and by that clock too.
import { OFFICE, accessible, insist, story } from "./browser.js";
import { house } from "./house.js";
import { hear, look, signIn } from "./people.js";

const HERE = "America/New_York";
const BRANCH = "Asia/Shanghai";
const CLIENT = "13800138009";

/** What the branch's clock shows. */
const shown = (at) => CLOCK.format(Date.parse(at));
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: BRANCH, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

await story(await house(), async (world) => {
  const abroad = { ...world, page: (language, viewport) => away(world, language, viewport) };
  const page = await signIn(abroad, "lin");
  await page.getByText("时间按中国标准时间").waitFor();
  await page.keyboard.press("Alt+KeyS");
  await world.house.sms(CLIENT, "请问营业时间是几点");
  await page.locator("article.offer").waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".said.client").waitFor();
  await promises(world, page);
  const [, { items }] = await world.house.rest("xie", "GET", "/cases");
  await leads(world, abroad, items[0]);
  await asksForProof(world, abroad);
});

async function away(world, language = "zh-CN", viewport = OFFICE) {
  const page = await world.page(language, viewport);
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setTimezoneOverride", { timezoneId: HERE });
  return page;
}

/** What stands in the field is the branch's time, and what is booked is that instant. */
async function promises(world, page) {
  await page.keyboard.press("Alt+KeyP");
  const field = page.locator("dialog[open] input[type=datetime-local]");
  const wanted = await field.inputValue();
  await look(world, page, "abroad-promises");
  await page.keyboard.press("Control+Enter");
  await hear(page, "承诺已登记");
  const { items } = await world.house.must("lin", "GET", "/promises?state=open&owner=lin");
  const due = Date.parse(`${wanted}:00+08:00`);
  insist(items.length === 1 && Date.parse(items[0].due_at) === due, `booked for ${items[0]?.due_at}, asked for ${wanted}`);
}

async function leads(world, abroad, about) {
  const page = await signIn(abroad, "xie");
  // By the number that a client was told.
  await page.getByRole("searchbox").fill(about.number);
  await page.keyboard.press("Enter");
  const sheet = page.locator("dialog[open]");
  await sheet.locator("dl.facts").getByText(shown(about.opened_at), { exact: true }).first().waitFor();
  const [proof] = await Promise.all([page.context().waitForEvent("page"), sheet.getByRole("link", { name: "打印凭证" }).click()]);
  await proof.getByRole("heading", { name: "授权与订阅凭证" }).waitFor();
  insist((await proof.locator("body").innerText()).includes("Asia/Shanghai 时间（UTC+08:00）"), "the proof does not name its clock");
  await accessible(proof, "proof");
}

/** Compliance finds a client by his whole number only. */
async function asksForProof(world, abroad) {
  const page = await signIn(abroad, "hegui");
  const room = page.locator("section", { has: page.getByRole("heading", { name: "订阅凭证" }) });
  await room.getByRole("searchbox").fill("138001");
  await page.keyboard.press("Enter");
  await room.getByText("没有找到该客户").waitFor();
  await room.getByRole("searchbox").fill(CLIENT);
  await page.keyboard.press("Enter");
  await room.getByRole("link", { name: "打印凭证" }).waitFor();
  await look(world, page, "abroad-proofs", { scrolls: true });
}
