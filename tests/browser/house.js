// The house that a story runs against, as the Rust test that started it tells of it.
// In: one line of JSON on stdin. Out: addresses, secrets, and deeds that only that test can do
// (kill, start), asked for by a line on stdout. Never here: the browser.

import { createHmac, randomUUID } from "node:crypto";
import { createInterface } from "node:readline";

const ear = createInterface({ input: process.stdin });
const lines = ear[Symbol.asyncIterator]();

async function line() {
  const { value, done } = await lines.next();
  if (done) throw new Error("the test that holds the house went away");
  return JSON.parse(value);
}

/** Reads the facts: `{url, secret, artefacts, people: {name: {password, token}}}`. */
export async function house() {
  return new House(await line());
}

class House {
  constructor(facts) {
    Object.assign(this, facts);
  }

  /** Ends the conversation with the test, which then judges by how this process ends. */
  leave() {
    ear.close();
    process.stdin.destroy();
  }

  /** Asks the test for a deed and waits until it is done. */
  async ask(deed) {
    process.stdout.write(JSON.stringify(deed) + "\n");
    const answer = await line();
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  /** Sends a short message as a client does; gives its provider id. */
  async sms(from, text, id = randomUUID()) {
    await this.post(JSON.stringify({ id, from, to: "95500", text, received_at: new Date().toISOString() }));
    return id;
  }

  /** Posts what is signed and cannot be understood. */
  garbage() {
    return this.post('{"id":"half","from":"13800138000","text":"\\ud83d"');
  }

  async post(body) {
    const t = Math.floor(Date.now() / 1000);
    const v1 = createHmac("sha256", this.secret).update(`${t}.${body}`).digest("hex");
    const headers = { "content-type": "application/json", "x-shouwen-signature": `t=${t},v1=${v1}` };
    const answer = await fetch(`${this.url}/channels/sms/main`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`the message was refused: ${answer.status}`);
  }

  /** Calls REST as somebody; gives status and body. */
  async rest(name, method, path, body) {
    const headers = { authorization: `Bearer ${this.people[name].token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const sent = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    const answer = await fetch(`${this.url}/api/v1${path}`, sent);
    const text = await answer.text();
    return [answer.status, text ? JSON.parse(text) : null];
  }

  /** Does it and insists that it went well; gives the body. */
  async must(name, method, path, body) {
    const [status, answer] = await this.rest(name, method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }
}
