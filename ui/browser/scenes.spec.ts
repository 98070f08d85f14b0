import axe, { type AxeResults } from "axe-core";

import { scenes } from "../src/host/fake/scenes";
import { expect, open, test } from "./page";

/** 320 pixels are also what is left of 1,280 at a zoom of 400 per cent. */
const SIZES = [
  { width: 1280, height: 900 },
  { width: 800, height: 600 },
  { width: 320, height: 256 },
];

for (const scene of scenes) {
  test(`${scene.view}: ${scene.title} (${scene.name})`, async ({ quiet: page }) => {
    await open(page, `?scene=${scene.name}`);
    await page.evaluate(axe.source);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const where = `${String(size.width)} pixels, ${colorScheme}`;
        // Best practices included; nothing is left out for being minor.
        const { violations } = await page.evaluate(() => (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run());
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ""}`).join(" | ")}`);
        expect(found, where).toEqual([]);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wide, `${String(size.width)} pixels: nothing is scrolled sideways`).toBeLessThanOrEqual(0);
    }
    await expect(page.locator("h1")).toHaveCount(1);
  });
}

test("the gallery lists every scene", async ({ quiet: page }) => {
  await open(page, "?gallery");
  await expect(page.locator("main li")).toHaveCount(scenes.length);
});
