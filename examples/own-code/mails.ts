/**
 * A reader of mails: an `.eml` file has one mail, an `.mbox` file has many. Of each mail, the first
 * part of plain text is kept, without quoted replies and without the signature.
 */
import { Buffer } from "node:buffer";
import { defineReader, type OwnDocument, type OwnSkip } from "spice-orchestrator/own-code";

/** The line before each mail of an archive: `From ann@example.org Mon Mar  3 09:00:00 1952`. */
const ARCHIVE_LINE = /^From .*\d\d:\d\d.* \d{4}.*\n/m;

export default defineReader({
  name: "mails",
  version: "1",
  endings: [".eml", ".mbox"],
  input: "bytes",
  collection: true,
  parse: ({ bytes }) => {
    // One character for each byte. Each part of a mail names its own encoding.
    const raw = Buffer.from(bytes).toString("latin1").replace(/\r\n?/g, "\n");
    const mails = raw.startsWith("From ") ? raw.split(ARCHIVE_LINE).slice(1) : [raw];
    return mails.map((mail, index) => readMail(mail, String(index + 1)));
  },
});

function readMail(raw: string, number: string): OwnDocument | OwnSkip {
  const mail = raw.replace(/^\n+/, "");
  const { fields } = headAndBody(mail);
  if (fields.size === 0) return { id: number, skip: "This is no mail: it has no header." };
  const id = /<(.+)>/.exec(fields.get("message-id") ?? "")?.[1] ?? number;
  try {
    const title = decodeTitle(fields.get("subject") ?? "");
    const text = plainText(mail);
    if (text === null) return { id, skip: "The mail has no part of plain text." };
    // A question and its replies must be in the same split.
    const thread = title.replace(/^(?:(?:re|fwd?|aw|wg)(?:\[\d+\])?: *)+/i, "");
    return { id, title, text: ownWords(text), splitKey: thread === "" ? id : thread };
  } catch (error) {
    return { id, skip: `The mail cannot be decoded: ${error}` };
  }
}

/** The first plain text of a mail, or of a part of a mail; null when there is none. */
function plainText(part: string): string | null {
  const { fields, body } = headAndBody(part);
  const type = fields.get("content-type") ?? "text/plain";
  const boundary = /^multipart\/.*\bboundary *= *(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  if (boundary !== null) {
    const parts = `\n${body}`.split(`\n--${boundary[1] ?? boundary[2]}`).slice(1);
    const texts = parts
      .filter((one) => !one.startsWith("--"))
      .map((one) => plainText(one.replace(/^.*\n/, "")));
    return texts.find((text) => text?.trim()) ?? null;
  }
  const isAttached = /^attachment/i.test(fields.get("content-disposition") ?? "");
  if (isAttached || !/^text\/plain\b/i.test(type)) return null;
  const charset = /\bcharset *= *"?([^\s";]+)/i.exec(type)?.[1];
  const encoding = fields.get("content-transfer-encoding") ?? "";
  if (charset !== undefined) return decode(body, encoding, charset);
  try {
    return decode(body, encoding, "utf-8");
  } catch {
    // Old mails in the languages of western Europe often name no charset.
    return decode(body, encoding, "windows-1252");
  }
}

/** The fields of the head, by their names in small letters, and the body. */
function headAndBody(part: string) {
  const head = /^(?:[^\s:]+:.*\n(?:[ \t].*\n)*)*/.exec(part)?.[0] ?? "";
  const lines = head.replace(/\n[ \t]+/g, " ").matchAll(/^([^\s:]+): *(.*)$/gm);
  const fields = new Map([...lines].map(([, name = "", value = ""]) => [name.toLowerCase(), value]));
  return { fields, body: part.slice(head.length).replace(/^\n/, "") };
}

/** @throws RangeError for an unknown charset, TypeError for bytes that do not fit the charset */
function decode(body: string, encoding: string, charset: string): string {
  const name = encoding.trim().toLowerCase();
  const unquoted = body
    .replace(/=[ \t]*\n/g, "")
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const bytes =
    name === "base64"
      ? Buffer.from(body, "base64")
      : Buffer.from(name === "quoted-printable" ? unquoted : body, "latin1");
  return new TextDecoder(charset, { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n");
}

/** `=?utf-8?Q?Caf=C3=A9?=` becomes `Café`. Newer mails have plain UTF-8, and it stays as it is. */
function decodeTitle(value: string): string {
  if (/[\x80-\xff]/.test(value)) return decode(value, "8bit", "utf-8");
  return value
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?([^?*]+)[^?]*\?([bq])\?([^?]*)\?=/gi, (_, charset: string, kind: string, text: string) =>
      decode(text.replaceAll("_", " "), /b/i.test(kind) ? "base64" : "quoted-printable", charset),
    );
}

/** Where the own words end: at the signature, or at an earlier mail that is repeated whole. */
const END_OF_OWN_WORDS =
  /^(?:-- ?|_{20,}|-+ ?(?:Original Message|Forwarded message) ?-+|From: .*\n(?:Sent|Date|To): .*)$/im;

/** The text without quoted replies, the line that introduces them, and the signature. */
function ownWords(text: string): string {
  const [own = ""] = text.replace(/^>From /gm, "From ").split(END_OF_OWN_WORDS, 1);
  return own
    .replace(/^(?:On .*\n)?.*\b(?:wrote|writes):\s*\n(?=>)/gm, "")
    .replace(/^(?:>|\| ).*\n?/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
