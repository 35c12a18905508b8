import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Jest calls this before the tests of the program: the folder of what these tests share. */
export default async function makeFolder() {
  process.env.SPICE_TESTS_SHARED = await mkdtemp(join(tmpdir(), "spice-shared-"));
}
