// What clients write and other sites try does no harm: it is shown as text, or refused.
import { createServer } from "node:http";
import { insist, story } from "./browser.js";
import { house } from "./house.js";
import { beReady, look, signIn } from "./people.js";

const HURT = `<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>`;
const TEXTS = [
  `${HURT} 请看`,
  "\u202e\u2066反着写的字 \u202d abc שלום مرحبا",
  "👩‍👩‍👧‍👦🇨🇳💰".repeat(40),
  "很长的一句话没有空格".repeat(400),
  "x".repeat(4000),
  "=HYPERLINK(\"http://evil.example\")\t+1\r\n@SUM(1)",
];

await story(await house(), async (world) => {
  world.expected.push(/403 \(Forbidden\)/, /404 \(Not Found\)/, /WebSocket connection/, /CORS policy/, /ERR_FAILED/);
  const page = await signIn(world, "lin");
  page.on("dialog", () => { throw new Error("a client's words opened a dialog"); });
  await beReady(page);
  for (const text of TEXTS) await world.house.sms("13800138003", text);
  await page.locator("article.offer").waitFor();
  await look(world, page, "hostile-offer");
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".said.client").nth(TEXTS.length - 1).waitFor();
  await look(world, page, "hostile-talk");
  insist((await page.evaluate(() => window.hurt)) === undefined, "a client's words ran as a program");
  insist((await page.locator(".said.client img").count()) === 0, "a client's words became markup");
  insist((await page.locator(".said.client").first().innerText()).includes("<script>"), "a client's words are not shown");
  await otherSite(world, page);
  await forgedLink(world);
});

/** A page of another origin, in the browser in which the agent is signed in. */
async function otherSite(world, page) {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<p>evil</p>"));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const evil = await page.context().newPage();
  await evil.goto(`http://127.0.0.1:${server.address().port}/`);
  const got = await evil.evaluate(async (url) => {
    const sent = { method: "POST", credentials: "include", mode: "no-cors", body: '{"reason":"break"}', headers: { "content-type": "text/plain" } };
    await fetch(`${url}/api/v1/agents/lin/away`, sent).catch(() => {});
    const read = await fetch(`${url}/api/v1/session`, { credentials: "include" }).then((a) => a.text(), () => "refused");
    const socket = await new Promise((done) => {
      const one = new WebSocket(`${url.replace("http", "ws")}/api/v1/agent/socket`);
      one.onopen = () => done("open");
      one.onerror = () => done("refused");
    });
    const frame = document.createElement("iframe");
    frame.src = url;
    document.body.append(frame);
    await new Promise((done) => { frame.onload = done; });
    return { read, socket };
  }, world.house.url);
  insist(got.read === "refused", `another site read: ${got.read}`);
  insist(got.socket === "refused", "another site opened the agent's socket");
  const framed = evil.frames().some((frame) => frame.url().startsWith(world.house.url));
  insist(!framed, "another site framed the page");
  const [, agent] = await world.house.rest("xie", "GET", "/agents/lin");
  insist(agent.state === "ready", "another site set the agent away");
  await evil.close();
  server.close();
}

async function forgedLink(world) {
  for (const token of ["x", "A".repeat(120), "..%2f..%2fetc"]) {
    const page = await world.page();
    await page.goto(`${world.house.url}/s/${token}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await look(world, page, "hostile-forged-link", { scrolls: true });
    await page.context().close();
  }
}
