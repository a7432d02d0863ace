// Everybody signs in by his password and out again, in both languages; who guesses is slowed down.
import { insist, story } from "./browser.js";
import { house } from "./house.js";
import { PAGES, look, signIn } from "./people.js";

await story(await house(), async (world) => {
  // What a wrong password and too many of them say on the browser's console.
  world.expected.push(/401 \(Unauthorized\)/, /429 \(Too Many Requests\)/);
  for (const language of ["zh-CN", "en"]) {
    const door = await world.page(language);
    await door.goto(world.house.url);
    await door.locator("input[name=password]").waitFor();
    await look(world, door, `sign-in-${language}`);
    await door.context().close();
    for (const name of Object.keys(PAGES)) {
      const page = await signIn(world, name, language);
      await look(world, page, `first-look-${name}-${language}`);
      await page.context().close();
    }
  }
  await guess(world);
  await leave(world);
});

/** Tries passwords until the house says to wait; a good one does not help then. */
async function guess(world) {
  const page = await world.page();
  await page.goto(world.house.url);
  const [name, password] = [page.locator("input[name=name]"), page.locator("input[name=password]")];
  const said = page.getByRole("alert");
  await name.fill("chen");
  let refused = 0;
  for (; refused < 40; refused += 1) {
    await password.fill(`wrong ${refused}`);
    await page.keyboard.press("Enter");
    await said.filter({ hasText: /./ }).waitFor();
    await page.waitForFunction(() => !document.querySelector("form [aria-busy=true]"));
    if (await page.locator("button[type=submit]").isDisabled()) break;
  }
  insist(refused >= 5 && refused < 40, `a guesser was stopped after ${refused} tries`);
  await look(world, page, "sign-in-too-often");
  const cookies = await page.context().cookies();
  insist(cookies.length === 0, "a guesser got a cookie");
  await page.context().close();
}

/** Signs out; the cookie is worth nothing then, and a script could never read it. */
async function leave(world) {
  const page = await signIn(world, "lin");
  const [cookie] = await page.context().cookies();
  insist(cookie.httpOnly && cookie.sameSite === "Strict", "the session's cookie is in reach of scripts or other sites");
  await page.getByRole("button", { name: "退出登录" }).click();
  await page.locator("input[name=password]").waitFor();
  const headers = { cookie: `${cookie.name}=${cookie.value}` };
  const answer = await fetch(`${world.house.url}/api/v1/session`, { headers });
  insist(answer.status === 401, `a session that ended still answers ${answer.status}`);
}
