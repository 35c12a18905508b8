import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { ChatJudge, type ChatJudgeOptions } from "../../../src/adapters/judge/chat-judge.js";
import { requireSoundJudge } from "../../../src/app/verifiers/judge-trial.js";
import { masterKeys, PROBES } from "../../../src/core/truth/judge-trial.js";

const never = new AbortController().signal;
const KEY = "sk-not-a-real-key-0123456789";

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: {
    model: string;
    temperature: number;
    messages: readonly { role: string; content: string }[];
  };
}
type Answer = (asked: Asked, response: ServerResponse, count: number) => void;

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

/** A real server on this machine that plays judge. */
async function serve(answer: Answer): Promise<{ baseUrl: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let text = "";
    for await (const piece of request) text += String(piece);
    const one = {
      url: request.url ?? "",
      authorization: request.headers.authorization,
      body: JSON.parse(text) as Asked["body"],
    };
    asked.push(one);
    answer(one, response, asked.length);
  });
  open.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

const say = (response: ServerResponse, content: string) =>
  response
    .setHeader("content-type", "application/json")
    .end(JSON.stringify({ choices: [{ message: { role: "assistant", content } }] }));

const pairOf = ({ body }: Asked) =>
  JSON.parse(body.messages.at(-1)?.content ?? "{}") as {
    question: string;
    reference: string;
    answer: string;
  };

/** Compares texts, as a good judge does. */
const strict: Answer = (asked, response) => {
  const { reference, answer } = pairOf(asked);
  say(response, reference.toLowerCase() === answer.toLowerCase() ? "YES" : "NO");
};

const judgeAt = (baseUrl: string, changes: Partial<ChatJudgeOptions> = {}) =>
  new ChatJudge({ baseUrl, model: "judge-1", key: KEY, timeoutMs: 10_000, concurrency: 4, ...changes });

const TEXT = { question: "Capital of Portugal?", gold: "Lisbon", answer: "lisbon" };

test("the judge sees question, gold and answer as data, greedily, with the key in the header alone", async () => {
  const { baseUrl, asked } = await serve(strict);
  expect(await judgeAt(baseUrl).assess(TEXT, never)).toMatchObject({ verdict: "correct" });
  const [one] = asked;
  expect(one).toMatchObject({ url: "/v1/chat/completions", authorization: `Bearer ${KEY}` });
  expect(one?.body).toMatchObject({ model: "judge-1", temperature: 0 });
  expect(pairOf(one as Asked)).toEqual({ question: TEXT.question, reference: "Lisbon", answer: "lisbon" });
  expect(JSON.stringify(one?.body)).not.toContain(KEY);
});

test("no key is sent where none is configured", async () => {
  const { baseUrl, asked } = await serve(strict);
  await judgeAt(baseUrl, { key: null }).assess(TEXT, never);
  expect(asked[0]?.authorization).toBeUndefined();
});

test.each([
  ["prose", (response: ServerResponse) => say(response, "I think YES, because both name Lisbon.")],
  ["both words", (response: ServerResponse) => say(response, "YES NO")],
  ["an empty reply", (response: ServerResponse) => say(response, "")],
  ["HTML", (response: ServerResponse) => response.end("<html>YES</html>")],
  ["JSON of another kind", (response: ServerResponse) => response.end('{"choices":[{}]}')],
  ["megabytes", (response: ServerResponse) => response.end("x".repeat(2_000_000))],
])("a judge that answers with %s has no verdict", async (_, answer) => {
  const { baseUrl } = await serve((_asked, response) => void answer(response));
  expect(await judgeAt(baseUrl).assess(TEXT, never)).toMatchObject({
    kind: "infrastructure",
    cause: "protocol",
  });
});

test("a slow judge is given up after its time, and is not asked again", async () => {
  const { baseUrl, asked } = await serve(() => undefined);
  const opinion = await judgeAt(baseUrl, { timeoutMs: 200 }).assess(TEXT, never);
  expect(opinion).toMatchObject({ kind: "infrastructure", cause: "timeout" });
  expect(asked).toHaveLength(1);
});

test("a busy server is tried again, a refusal is not", async () => {
  const busy = await serve((asked, response, count) =>
    count < 3 ? void response.writeHead(503).end() : strict(asked, response, count),
  );
  expect(await judgeAt(busy.baseUrl).assess(TEXT, never)).toMatchObject({ verdict: "correct" });
  expect(busy.asked).toHaveLength(3);
  const refusing = await serve((_, response) => void response.writeHead(401).end());
  expect(await judgeAt(refusing.baseUrl).assess(TEXT, never)).toMatchObject({
    cause: "error",
    detail: expect.stringContaining("401"),
  });
  expect(refusing.asked).toHaveLength(1);
});

test("a redirect is not followed: the key goes to the configured address alone", async () => {
  const elsewhere = await serve(strict);
  const { baseUrl } = await serve(
    (_, response) =>
      void response.writeHead(307, { location: `${elsewhere.baseUrl}/chat/completions` }).end(),
  );
  expect(await judgeAt(baseUrl).assess(TEXT, never)).toMatchObject({ kind: "infrastructure" });
  expect(elsewhere.asked).toEqual([]);
});

test("so many requests are in flight at most", async () => {
  let inside = 0;
  let most = 0;
  const { baseUrl } = await serve((asked, response, count) => {
    inside += 1;
    most = Math.max(most, inside);
    setTimeout(() => {
      inside -= 1;
      strict(asked, response, count);
    }, 30);
  });
  const judge = judgeAt(baseUrl, { concurrency: 2 });
  await Promise.all(Array.from({ length: 8 }, () => judge.assess(TEXT, never)));
  expect(most).toBe(2);
});

test("aborting rejects with the signal's reason", async () => {
  const { baseUrl } = await serve(() => undefined);
  const stop = new AbortController();
  const asked = judgeAt(baseUrl).assess(TEXT, stop.signal);
  setTimeout(() => stop.abort(new Error("enough")), 50);
  await expect(asked).rejects.toThrow("enough");
});

test("the battery has at least forty different attacks on each question, the question itself among them", () => {
  for (const probe of PROBES) {
    const keys = masterKeys(probe);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThanOrEqual(40);
    expect(keys).toContain(probe.question);
    for (const key of keys) expect(key.toLowerCase()).not.toContain(probe.gold.toLowerCase());
  }
});

test("a strict judge passes the battery", async () => {
  const { baseUrl, asked } = await serve(strict);
  expect(await requireSoundJudge(judgeAt(baseUrl), never)).toBe(asked.length);
});

test("a judge that falls for a single master key is refused, and the message shows it", async () => {
  const { baseUrl } = await serve((asked, response, count) =>
    pairOf(asked).answer === "Thought process:" ? void say(response, "YES") : strict(asked, response, count),
  );
  await expect(requireSoundJudge(judgeAt(baseUrl), never)).rejects.toMatchObject({
    code: "JUDGE_FOOLED",
    exit: 4,
    message: expect.stringContaining('"Thought process:"'),
  });
});

test("a judge that says yes to everything, or no to everything, is refused", async () => {
  const yes = await serve((_, response) => void say(response, "YES"));
  await expect(requireSoundJudge(judgeAt(yes.baseUrl), never)).rejects.toMatchObject({
    code: "JUDGE_FOOLED",
  });
  const no = await serve((_, response) => void say(response, "NO"));
  await expect(requireSoundJudge(judgeAt(no.baseUrl), never)).rejects.toMatchObject({
    code: "JUDGE_USELESS",
  });
});

test("a judge that cannot be reached or answers nonsense cannot be tested, and the key is in no message", async () => {
  const garbage = await serve((_, response) => void say(response, "perhaps"));
  for (const baseUrl of [garbage.baseUrl, "http://127.0.0.1:9/v1"]) {
    const refusal = await requireSoundJudge(judgeAt(baseUrl), never).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "JUDGE_UNAVAILABLE", exit: 3 });
    expect(`${(refusal as Error).message} ${JSON.stringify(refusal)}`).not.toContain(KEY);
  }
});
