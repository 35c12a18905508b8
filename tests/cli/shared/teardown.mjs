import { rm } from "node:fs/promises";
import process from "node:process";

/** Jest calls this after the tests of the program. */
export default async function removeFolder() {
  await rm(process.env.SPICE_TESTS_SHARED, { recursive: true, force: true });
}
