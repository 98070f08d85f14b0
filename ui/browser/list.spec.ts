import type { Page } from "@playwright/test";

import { expect, open, tabTo, test } from "./page";

const list = (page: Page) => page.getByRole("grid");

/** The row whose number screen readers hear as this (the heading is the first). */
const row = (page: Page, index: number) => page.locator(`[role=row][aria-rowindex="${String(index)}"]`);

function drawnRows(page: Page): Promise<number> {
  return list(page).evaluate((grid) => grid.querySelectorAll("[role=row]").length);
}

/** Whether every row that can be seen has its contents. */
function loaded(page: Page): Promise<boolean> {
  return list(page).evaluate((grid) => !grid.textContent.includes("Loading…"));
}

/** Whether a row lies wholly within the list, however much of the list the window shows. */
function isWithinList(page: Page, index: number): Promise<boolean> {
  return list(page).evaluate((grid, number) => {
    const found = grid.querySelector(`[aria-rowindex="${String(number)}"]`)?.getBoundingClientRect();
    const box = grid.getBoundingClientRect();
    return found !== undefined && found.top >= box.top && found.bottom <= box.bottom + 2;
  }, index);
}

test("the end of a million rows is reached at a zoom of 400 per cent", async ({ quiet: page }) => {
  await open(page, "?scene=transfer-million-files");
  // Browsers zoom with this; how tall an element may be they count after it.
  await page.evaluate(() => {
    document.documentElement.style.zoom = "4";
  });
  await list(page).focus();
  await page.keyboard.press("End");
  await expect.poll(() => isWithinList(page, 1_000_001)).toBe(true);
  await expect(row(page, 1_000_001)).toContainText("1000000");
  await page.keyboard.press("Home");
  await expect.poll(() => isWithinList(page, 2)).toBe(true);
  await list(page).evaluate((grid) => {
    grid.scrollTop = grid.scrollHeight;
  });
  await expect.poll(() => isWithinList(page, 1_000_001)).toBe(true);
});

for (const [scene, count] of [
  ["transfer-many-files", 200_000],
  ["transfer-million-files", 1_000_000],
] as const) {
  test(`${count.toLocaleString("en-GB")} rows are scrolled from end to end`, async ({ quiet: page }) => {
    await open(page, `?scene=${scene}`);
    await expect(list(page)).toHaveAttribute("aria-rowcount", String(count + 1));
    await expect(row(page, 2)).toContainText("000001");
    await list(page).scrollIntoViewIfNeeded();
    const height = await list(page).evaluate((grid) => grid.scrollHeight);
    expect(height).toBeLessThan(4_000_000);
    // As a hand on the scroll bar does: in forty jumps from the top to the end.
    for (let step = 1; step <= 40; step += 1) {
      await list(page).evaluate((grid, share) => {
        grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * share;
      }, step / 40);
      await expect.poll(() => loaded(page)).toBe(true);
      expect(await drawnRows(page)).toBeLessThan(60);
    }
    await expect(row(page, count + 1)).toBeInViewport();
    await expect(row(page, count + 1)).toContainText(String(count));
    await list(page).evaluate((grid) => {
      grid.scrollTop = 0;
    });
    await expect(row(page, 2)).toBeInViewport();
  });

  test(`${count.toLocaleString("en-GB")} rows are walked through with the keys`, async ({ quiet: page }) => {
    await open(page, `?scene=${scene}`);
    await tabTo(page, "Files");
    await page.keyboard.press("End");
    await expect(row(page, count + 1)).toBeInViewport();
    await expect(row(page, count + 1)).toHaveAttribute("aria-selected", "true");
    const last = await row(page, count + 1).getAttribute("id");
    await expect(list(page)).toHaveAttribute("aria-activedescendant", last ?? "a row");
    await expect(page.getByText("Selected file")).toBeVisible();
    for (let press = 0; press < 30; press += 1) await page.keyboard.press("ArrowUp");
    await expect(row(page, count - 29)).toBeInViewport();
    await page.keyboard.press("PageUp");
    await page.keyboard.press("Home");
    await expect(row(page, 2)).toBeInViewport();
    await page.keyboard.press("ArrowDown");
    await expect(row(page, 3)).toHaveAttribute("aria-selected", "true");
    await page.keyboard.press("Tab");
    await expect(list(page)).not.toBeFocused();
  });

  test(`a wheel skips no row of ${count.toLocaleString("en-GB")}`, async ({ quiet: page }) => {
    await open(page, `?scene=${scene}`);
    await list(page).scrollIntoViewIfNeeded();
    const box = await list(page).boundingBox();
    if (box === null) throw new Error("there is no list");
    await list(page).evaluate((grid) => {
      grid.scrollTop = (grid.scrollHeight - grid.clientHeight) / 2;
    });
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const top = () => list(page).evaluate((grid) => {
      const edge = grid.getBoundingClientRect().top + 44;
      const seen = [...grid.querySelectorAll("[role=row]")].filter((one) => one.getBoundingClientRect().bottom > edge + 1);
      return Math.min(...seen.map((one) => Number(one.getAttribute("aria-rowindex"))).filter((index) => index > 1));
    });
    // Until the rows of this place are drawn, those that are lie out of sight, and there is no least of them.
    await expect.poll(async () => Number.isFinite(await top()) && (await loaded(page))).toBe(true);
    const before = await top();
    await page.mouse.wheel(0, 220);
    await expect.poll(top).toBe(before + 5);
  });
}
