// People at their pages: signing in, choosing a language, looking whether a page is fit to be used.
// In: a world and a name of the house. Out: a signed-in page. Never here: a story.

import { OFFICE, accessible, fits, keep } from "./browser.js";

/** Where each person's page is, and what it is called. */
export const PAGES = {
  lin: { path: "/", title: { "zh-CN": "坐席工作台", en: "Workbench" } },
  chen: { path: "/", title: { "zh-CN": "坐席工作台", en: "Workbench" } },
  xie: { path: "/", title: { "zh-CN": "班长台", en: "Shift leader" } },
  ops1: { path: "/ops", title: { "zh-CN": "运维监控", en: "Operations" } },
  hegui: { path: "/ops", title: { "zh-CN": "运维监控", en: "Operations" } },
};

/** Signs somebody in by his password; gives his page. */
export async function signIn(world, name, language = "zh-CN", viewport = OFFICE) {
  const page = await world.page(language, viewport);
  await page.goto(world.house.url + PAGES[name].path);
  await page.locator("input[name=name]").fill(name);
  await page.locator("input[name=password]").fill(world.house.people[name].password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: PAGES[name].title[language] }).waitFor();
  return page;
}

/** Makes an agent ready by key, once the house has told the page his state: before that no key does. */
export async function beReady(page) {
  await page.locator(".own [data-key=s]:enabled").waitFor();
  await page.keyboard.press("Alt+KeyS");
  await page.locator(".own .state strong", { hasText: "示闲" }).waitFor();
}

/** Looks whether the page as it stands is fit to be used, and keeps a picture of it. */
export async function look(world, page, name, { scrolls = false } = {}) {
  await keep(world, page, name);
  await accessible(page, name);
  if (!scrolls) await fits(page, name);
}

/** Shows the page in the other language by its own button, looks, and comes back. */
export async function lookInBoth(world, page, name, how) {
  await look(world, page, `${name}-zh-CN`, how);
  await page.getByRole("button", { name: "English" }).click();
  await page.locator("html[lang=en]").waitFor();
  await look(world, page, `${name}-en`, how);
  await page.getByRole("button", { name: "中文" }).click();
  await page.locator("html[lang=zh-CN]").waitFor();
}

/** Waits until somebody says so at the foot of the page. */
export const hear = (page, text) => page.locator(".toast", { hasText: text }).waitFor();

/** Gives the agent's only open case as REST tells of it. */
export async function onlyCase(world, name) {
  const cases = await world.house.must("xie", "GET", `/cases?agent=${name}`);
  if (cases.items.length !== 1) throw new Error(`${name} has ${cases.items.length} cases`);
  return cases.items[0];
}
