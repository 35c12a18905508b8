import { beginsAsMail } from "./mail-text.js";
import { NO_METADATA, type Reader } from "./reader.js";

const MAIL =
  "The text begins with the header of a mail, so it is no prose. A reader of your own can read mails. docs/your-documents.md (Mails) has such a reader. In corpus.readers, give it the endings of these files.";

/**
 * Reads `.txt` files, and files without an ending such as README. A file is one text. A mail is
 * left out.
 */
export const readPlain: Reader = async function* (file) {
  const text = await file.text();
  if (beginsAsMail(text)) yield { kind: "skip", reason: "mail", fragment: "", detail: MAIL };
  else yield { kind: "text", text, title: "", fragment: "", metadata: NO_METADATA };
};
