import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { documents, type Workplace, withMarkdown, workplace } from "./spice.js";

const FAKE = ["-s", "trainer.kind=fake"];

async function place(): Promise<Workplace> {
  const made = await workplace();
  await withMarkdown(join(made.folder, "docs"));
  await writeFile(join(made.folder, "docs", "bad.txt"), Buffer.from("caf\xe9", "latin1"));
  return made;
}

const added = async (at: Workplace, ...options: string[]) => {
  const { code, stdout, stderr } = await at.call("corpus", "add", ...options, ...FAKE);
  return { code, stdout, stderr };
};

describe("spice corpus", () => {
  test("lists everything that was left out, for people and for programs", async () => {
    await using at = await place();
    const { code, stderr } = await added(at, "docs");
    expect(code).toBe(0);
    expect(stderr).toContain("left out: 1 not_utf8; `spice corpus left-out`");
    const people = await at.run("corpus", "left-out");
    expect(people.stdout).toBe(
      "not_utf8  file:docs/bad.txt: The text is not UTF-8: byte 4 fits no character.\n",
    );
    const [one] = documents(await at.call("corpus", "left-out", "./docs/", "--json"));
    expect(one).toMatchObject({
      schema: "spice.corpus-left-out/1",
      counts: { not_utf8: 1 },
      items: [{ reason: "not_utf8", where: "file:docs/bad.txt" }],
    });
    const none = await at.call("corpus", "left-out", "docs", "--reason", "binary");
    expect([none.code, none.stdout]).toEqual([0, ""]);
    expect((await at.call("corpus", "left-out", "other")).stderr).toContain("SOURCE_NOT_LISTED");
  });

  test("stats and show read every kind, whatever the configuration plays", async () => {
    await using at = await place();
    await added(at, "docs");
    const stats = await at.run("corpus", "stats");
    expect([stats.code, stats.stdout.includes("prose")]).toEqual([0, true]);
    const shown = await at.run("corpus", "show");
    expect([shown.code, shown.stdout.includes("license: unknown")]).toEqual([0, true]);
  });

  test("a field that no record has is refused with the fields that exist, and nothing is published", async () => {
    await using at = await place();
    const row = { note: "The harbor of Velmora ships salt.", town: "Velmora", kind: "facts" };
    await at.write("towns.jsonl", `${JSON.stringify(row)}\n`);
    const refused = await added(at, "towns.jsonl", "--text-field", "note", "--subject-field", "city");
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain("No record has the field `city` that --subject-field names.");
    expect(refused.stderr).toContain("Fields of the records: note, town, kind.");
    expect((await at.call("corpus", "list")).stdout).toBe("");
    const good = await added(at, "towns.jsonl", "--text-field", "note", "--subject-field", "town");
    expect([good.code, good.stdout.includes("1 document, 1 segment, ")]).toEqual([0, true]);
    expect(good.stderr).toContain("documents of the kind `facts` that have no fact: 1");
  });

  test("a name of a file cannot control the terminal", async () => {
    await using at = await place();
    await writeFile(join(at.folder, "docs", "\u001b[2J.bin.x"), "x");
    await added(at, "docs");
    const { stdout } = await at.call("corpus", "left-out", "--reason", "unsupported");
    expect(stdout).toContain("\\u001b[2J.bin.x");
    expect(stdout).not.toContain("\u001b");
  });

  test("--strict ends at the first file that cannot be read", async () => {
    await using at = await place();
    const { code, stderr } = await added(at, "docs", "--strict");
    expect([code, stderr.includes("NOT_UTF8")]).toEqual([2, true]);
  });

  test("a source without documents ends with an error after the others were added", async () => {
    await using at = await place();
    await mkdir(join(at.folder, "empty"));
    const { code, stdout, stderr } = await added(at, "empty", "docs");
    expect([code, stderr.includes("CORPUS_EMPTY")]).toEqual([2, true]);
    expect(stdout).toContain("3 documents");
    expect((await at.call("corpus", "stats", "-s", "corpus.kinds=[]")).code).toBe(0);
  });

  test("the same folder from another working directory and spelling gives the same snapshot", async () => {
    await using at = await place();
    const [first] = documents(await at.call("corpus", "add", "docs", "--json", ...FAKE));
    const [again] = documents(
      await at.call("corpus", "add", join(at.folder, "docs", "."), "--json", ...FAKE),
    );
    await using other = await workplace();
    const [far] = documents(await other.call("corpus", "add", join(at.folder, "docs"), "--json", ...FAKE));
    const snapshots = [first, again, far].map((one) => one?.["snapshot"] as { id: string } | undefined);
    expect(snapshots[0]?.id).toMatch(/^[0-9a-f]{64}$/);
    for (const one of snapshots) expect(one?.id).toBe(snapshots[0]?.id);
  });

  test("list shows the snapshots; rm removes one, but not one that a run plays unless forced", async () => {
    await using at = await place();
    await added(at, "docs");
    const list = async () =>
      documents(await at.call("corpus", "list", "--json"))[0]?.["snapshots"] as {
        id: string;
        runs: string[];
      }[];
    const [snapshot] = await list();
    expect((await at.run("corpus", "list")).stdout).toMatch(/\(latest\) file:.*docs/);
    await mkdir(join(at.folder, "runs", "my-run"), { recursive: true });
    const config = JSON.stringify({ corpus: { snapshot: snapshot?.id } });
    await writeFile(join(at.folder, "runs", "my-run", "config.json"), config);
    expect((await list())[0]?.runs).toEqual(["my-run"]);
    const refused = await at.call("corpus", "rm", "latest");
    expect([refused.code, refused.stderr.includes("CORPUS_IN_USE")]).toEqual([2, true]);
    expect((await at.run("corpus", "rm", "latest", "--force")).code).toBe(0);
    expect(await list()).toEqual([]);
  });

  test("rm of a source names what is left; other limits name the setting of another store", async () => {
    await using at = await place();
    await added(at, "docs", "docs/library.md");
    const { code, stdout } = await at.call("corpus", "rm", "docs/library.md");
    expect([code, stdout.includes("documents left.")]).toEqual([0, true]);
    const other = await added(at, "docs", "--max-tokens", "2048");
    expect(other.stderr).toContain("-s corpus.store=");
    expect(other.stderr).not.toContain("--store");
    expect((await added(at, "docs", "--max-tokens", "2048", "-s", "corpus.store=corpus-2")).code).toBe(0);
  });
});
