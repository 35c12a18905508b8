import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type Browser, chromium } from "playwright-core";
import { collectReport } from "../../src/app/reports/collect.js";
import { renderReport } from "../../src/web/report/report.js";
import { describeUnless } from "../support/skip.js";
import { controlRun, syntheticRun } from "./synthetic-run.js";

jest.setTimeout(60_000);

/** `SPICE_CHROMIUM`, or Debian's chromium; null where there is none. */
function findChromium(): string | null {
  if (process.env["SPICE_CHROMIUM"]) return process.env["SPICE_CHROMIUM"];
  try {
    return execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser"], {
      encoding: "utf8",
    }).trim();
  } catch {
    return null;
  }
}

const executablePath = findChromium();

// scripts/test.sh installs Chromium where it may.
describeUnless(executablePath === null ? "no Chromium here: apt-get install chromium" : null)(
  "the report in a browser",
  () => {
    let browser: Browser;
    let folder = "";
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "spice-web-"));
      const data = await collectReport(syntheticRun(30, 0.4), controlRun(30));
      await writeFile(join(folder, "report.html"), renderReport(data));
      browser = await chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] });
    });
    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    });

    test.each([
      ["light", 1160],
      ["dark", 1160],
      ["light", 400],
    ] as const)(
      "%s, %i pixels wide: no error, no request, nothing beyond the edge, no overlapping axis labels",
      async (colorScheme, width) => {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
        const problems: string[] = [];
        page.on("pageerror", (error) => problems.push(String(error)));
        page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
        page.on("request", (request) => request.url().startsWith("file:") || problems.push(request.url()));
        await page.goto(pathToFileURL(join(folder, "report.html")).href);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(
          0,
        );
        expect(await page.title()).not.toContain("pwned");
        const overlaps =
          await page.evaluate(`[...document.querySelectorAll("svg.chart, svg.heat")].flatMap((svg) => {
      const boxes = [...svg.querySelectorAll("text")].map((one) => one.getBoundingClientRect());
      return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
        a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2));
    }).length`);
        expect(overlaps).toBe(0);
        expect(problems).toEqual([]);
        await page.close();
      },
    );

    test("390 pixels wide: no table and no text is cut, and each value has the name of its column", async () => {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
      await page.goto(pathToFileURL(join(folder, "report.html")).href);
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      const cut = await page.evaluate(`[...document.querySelectorAll("main *")].filter((one) => {
      const { left, right, width } = one.getBoundingClientRect();
      return width > 0 && (right > innerWidth + 0.5 || left < -0.5);
    }).map((one) => one.outerHTML.slice(0, 120))`);
      expect(cut).toEqual([]);
      const hidden =
        await page.evaluate(`[...document.querySelectorAll("table, .wide, .scroll")].filter((one) =>
      one.scrollWidth > one.clientWidth + 1).length`);
      expect(hidden).toBe(0);
      const tables = Number(await page.evaluate("document.querySelectorAll('table').length"));
      expect(tables).toBeGreaterThan(6);
      expect(await page.evaluate("document.querySelectorAll('table:not(.stack)').length")).toBe(0);
      const unnamed = await page.evaluate(`[...document.querySelectorAll("table.stack td.n")].filter((one) =>
      one.dataset.label === undefined).length`);
      expect(unnamed).toBe(0);
      await page.close();
    });

    test("printed from the dark theme: dark text on white, and no scroll area hides a part", async () => {
      const page = await browser.newPage({ viewport: { width: 1160, height: 900 }, colorScheme: "dark" });
      await page.goto(pathToFileURL(join(folder, "report.html")).href);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
        "rgb(255, 255, 255)",
      );
      expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(29, 28, 26)");
      const clipped =
        await page.evaluate(`[...document.querySelectorAll(".doc, .scroll, .wide")].filter((one) =>
      one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY !== "visible").length`);
      expect(clipped).toBe(0);
      const pdf = await page.pdf({ format: "A4" });
      expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
      await page.close();
    });

    test("pointing at a curve shows the values of that step, and the theme can be switched", async () => {
      const page = await browser.newPage({ viewport: { width: 1160, height: 900 } });
      await page.goto(pathToFileURL(join(folder, "report.html")).href);
      await page.locator("svg.chart").first().scrollIntoViewIfNeeded();
      await page
        .locator("svg.chart")
        .first()
        .hover({ position: { x: 250, y: 80 } });
      const shown = await page.locator(".tip").first().locator("div").allTextContents();
      expect(shown).toEqual([
        expect.stringMatching(/^step \d+ {2}run [−\d.]+$/),
        expect.stringMatching(/^control [−\d.]+$/),
      ]);
      const colour = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
      const before = await colour();
      await page.locator(".theme").click();
      expect(await colour()).not.toBe(before);
      await page.close();
    });
  },
);
