import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";

/** TypeScript's language server, as an editor uses it. */
export interface LanguageServer extends AsyncDisposable {
  /** Text that an editor shows for the first `word` in the text of a file. */
  hover(file: string, text: string, word: string): Promise<string>;
}

/** Starts the language server for a folder. */
export async function startLanguageServer(folder: string): Promise<LanguageServer> {
  const child = spawn(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "--lsp", "--stdio"], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const server = connect(child.stdin, child.stdout);
  await server.request("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: { textDocument: { hover: { contentFormat: ["markdown"] } } },
  });
  server.notify("initialized", {});
  return {
    hover: async (file, text, word) => {
      const uri = pathToFileURL(file).href;
      server.notify("textDocument/didOpen", {
        textDocument: { uri, languageId: "typescript", version: 1, text },
      });
      const before = text.slice(0, text.indexOf(word)).split("\n");
      const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
      const shown = await server.request("textDocument/hover", { textDocument: { uri }, position });
      server.notify("textDocument/didClose", { textDocument: { uri } });
      return (shown as { contents: { value: string } } | null)?.contents.value ?? "";
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit");
      await server.request("shutdown", undefined);
      server.notify("exit", undefined);
      await ended;
    },
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** JSON-RPC with the header of the Language Server Protocol before each message. */
function connect(input: Writable, output: Readable) {
  const waiting = new Map<number, (reply: Message) => void>();
  let [sent, received] = [0, Buffer.alloc(0)];
  const send = (message: object) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    input.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  };
  const read = (message: Message) => {
    if (message.id === undefined) return;
    // The server asks for settings of the editor. There are none.
    if (message.method !== undefined) send({ id: message.id, result: null });
    else waiting.get(message.id)?.(message);
  };
  output.on("data", (data: Buffer) => {
    received = Buffer.concat([received, data]);
    for (;;) {
      const start = received.indexOf("\r\n\r\n") + 4;
      const [, length] = /Content-Length: (\d+)/.exec(received.subarray(0, start).toString()) ?? [];
      const end = start + Number(length);
      if (start < 4 || length === undefined || received.length < end) return;
      const body = received.subarray(start, end).toString();
      received = received.subarray(end);
      read(JSON.parse(body) as Message);
    }
  });
  return {
    notify: (method: string, params: unknown) => send({ method, params }),
    request: (method: string, params: unknown) =>
      new Promise<unknown>((done, failed) => {
        sent += 1;
        waiting.set(sent, ({ result, error }) =>
          error === undefined ? done(result) : failed(new Error(`${method}: ${error.message}`)),
        );
        send({ id: sent, method, params });
      }),
  };
}
