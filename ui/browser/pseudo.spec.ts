import axe, { type AxeResults } from "axe-core";
import type { Page } from "@playwright/test";

import { scenes } from "../src/host/fake/scenes";
import { expect, open, test } from "./page";

const SIZES = [
  { width: 1280, height: 900 },
  { width: 800, height: 600 },
];

/** What is written by the calendar of the system, and what the service and this computer call themselves. */
const TIMES = /\d{1,2} [A-Z][a-z]{2,3} \d{4}(, \d{2}:\d{2}( [A-Z][\w+:]*)?)?/g;

/** Every text that a person sees or hears, and what the page received, which is in no language. */
function texts(page: Page): Promise<{ shown: string[]; told: string[] }> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const shown = [document.title];
    while (walker.nextNode() !== null) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement !== null && !["SCRIPT", "STYLE"].includes(parentElement.tagName)) shown.push(textContent ?? "");
    }
    for (const element of document.body.querySelectorAll("*")) {
      for (const name of ["aria-label", "aria-valuetext", "aria-description", "title", "placeholder", "alt", "data-column"]) shown.push(element.getAttribute(name) ?? "");
    }
    return { shown: shown.map((text) => text.trim()).filter((text) => text !== ""), told: (window as unknown as { textsSentToPage: () => string[] }).textsSentToPage() };
  });
}

/** What of a text is neither accented nor data. The “and” of a list is the system’s, too. */
function unaccented(text: string, told: readonly string[]): string[] {
  const runs = text.replace(TIMES, "").split(/[^\u0020-\u007e’]+|[[\](),]| and /);
  const words = runs.map((run) => run.replace(/^[^A-Za-z0-9/]+|[^A-Za-z0-9]+$/g, "")).filter((run) => /[A-Za-z]{2}/.test(run));
  return words.filter((run) => !told.some((data) => data.includes(run)));
}

for (const scene of scenes) {
  test(`in a language that is a third longer: ${scene.view}: ${scene.title} (${scene.name})`, async ({ quiet: page }) => {
    await open(page, `?scene=${scene.name}&pseudo`);
    const { shown, told } = await texts(page);
    expect(shown.some((text) => text.includes("["))).toBe(true);
    // A sentence that is built in code, or written in a component, is not accented.
    expect(shown.flatMap((text) => unaccented(text, told))).toEqual([]);
    await page.evaluate(axe.source);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const { violations } = await page.evaluate(() => (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run());
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`), `${String(size.width)} pixels`).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wide, `${String(size.width)} pixels: nothing is scrolled sideways`).toBeLessThanOrEqual(0);
    }
  });
}
