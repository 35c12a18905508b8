/** Tests of the reader of mails. `spice own-code test mails.test.ts` runs them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testReader } from "spice-orchestrator/own-code";
import mails from "./mails.ts";

const MAIL = `Message-ID: <3@velmora.example>
Subject: Re: =?utf-8?Q?The_caf=C3=A9?=
Content-Type: multipart/alternative;
 boundary="cut"

--cut
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

On Monday, Hilda Calder wrote:
> When did it open?

The caf=E9 opened in 1907, and the harbor =
office in 1911.
-- 
Corin
--cut
Content-Type: text/html

<p>The same.</p>
--cut--
`;

test("the reader of mails keeps the words of the sender", () => {
  const text = "The café opened in 1907, and the harbor office in 1911.";
  assert.deepEqual(testReader(mails, { path: "a.eml", content: MAIL }), [
    { id: "3@velmora.example", title: "Re: The café", text, splitKey: "The café" },
  ]);
});

test("the reader of mails gives a document for each mail of an archive", () => {
  const line = "From corin@velmora.example Mon Mar  3 09:00:00 1952\n";
  const base64 = "Subject: Books\nContent-Transfer-Encoding: base64\n\nSXQgd2FzIDE2NTIu\n";
  const found = testReader(mails, { path: "a.mbox", content: `${line}${MAIL}\n${line}${base64}` });
  assert.deepEqual(found[1], { id: "2", title: "Books", text: "It was 1652.", splitKey: "Books" });
});

test("the reader of mails leaves out a mail without plain text, and a mail that cannot be decoded", () => {
  const skipOf = (content: string) => testReader(mails, { path: "a.eml", content })[0];
  assert.deepEqual(skipOf("Content-Type: text/html\n\n<p>Hello</p>\n"), {
    id: "1",
    skip: "The mail has no part of plain text.",
  });
  assert.match(
    JSON.stringify(skipOf("Content-Type: text/plain; charset=x-none\n\nHello\n")),
    /cannot be decoded/,
  );
});

test("the reader of mails reads an old mail that names no charset, and leaves out its quotes", () => {
  const head = "Subject: Old\nContent-Transfer-Encoding: quoted-printable\n";
  const content = `${head}\n| When?\nThe caf=E9 closed.\n`;
  const [found] = testReader(mails, { path: "a.eml", content });
  assert.equal(found && "text" in found ? found.text : null, "The café closed.");
});

test("the reader of mails reads plain UTF-8 in a subject, and leaves out a mail that is repeated", () => {
  const content = `
Subject: Das Café
Content-Type: text/plain; charset = "utf-8"

The café moved in 1931.

-----Original Message-----
From: Hilda Calder
Sent: Monday, 3 March 1931

Where is it?
`;
  assert.deepEqual(testReader(mails, { path: "a.eml", content }), [
    { id: "1", title: "Das Café", text: "The café moved in 1931.", splitKey: "Das Café" },
  ]);
});
