// @ts-check
/**
 * Pictures of every view in every state: `npm run screenshots -- FOLDER [NAME...]`.
 * Light at 1280 and 800 pixels; the usual state of each view dark, too. `WAYBILL_PSEUDO=1` shows them in the pseudo-language.
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "@playwright/test";

import { launchOptions } from "./chromium.js";
import { serve } from "./server.js";

const [folder, ...only] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("Name the folder for the pictures: npm run screenshots -- FOLDER\n");
  process.exit(2);
}
const language = process.env["WAYBILL_PSEUDO"] === "1" ? "&pseudo" : "";
await mkdir(folder, { recursive: true });

const server = await serve();
const browser = await chromium.launch(launchOptions);
try {
  const page = await browser.newPage({ reducedMotion: "reduce" });
  await page.goto(`${server.address}/?gallery`);
  await page.locator("html[data-ready]").waitFor({ state: "attached" });
  /** @type {{ name: string, usual: boolean }[]} */
  const scenes = await page.locator("main li a").evaluateAll((links) =>
    links.map((link) => ({
      name: new URL(/** @type {HTMLAnchorElement} */ (link).href).searchParams.get("scene") ?? "",
      usual: link.getAttribute("data-usual") === "true",
    })),
  );
  let taken = 0;
  for (const { name, usual } of scenes) {
    if (only.length > 0 && !only.includes(name)) continue;
    for (const width of [1280, 800]) {
      await page.setViewportSize({ width, height: width === 1280 ? 900 : 600 });
      await page.emulateMedia({ colorScheme: "light" });
      await page.goto(`${server.address}/?scene=${name}${language}`);
      await page.locator("html[data-ready]").waitFor({ state: "attached" });
      await page.screenshot({ path: join(folder, `${name}-${String(width)}.png`), fullPage: true });
      taken += 1;
      if (usual && width === 1280) {
        await page.emulateMedia({ colorScheme: "dark" });
        await page.screenshot({ path: join(folder, `${name}-${String(width)}-dark.png`), fullPage: true });
        taken += 1;
      }
    }
  }
  process.stdout.write(`${String(taken)} pictures of ${String(only.length || scenes.length)} states\n`);
} finally {
  await browser.close();
  await server.close();
}
