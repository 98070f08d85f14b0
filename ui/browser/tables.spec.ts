import type { Page } from "@playwright/test";

import { expect, focused, open, tabTo, test } from "./page";

const rows = (page: Page) => page.locator("tbody tr");

for (const [scene, all] of [
  ["transfers-many", "3,400 transfers"],
  ["consignments-many", "2,400 consignments"],
] as const) {
  test(`${all} are leafed through with the keyboard, and never drawn at once`, async ({ quiet: page }) => {
    await open(page, `?scene=${scene}`);
    // The scene has gone on to the second page: its beginning has the focus.
    await expect(rows(page)).toHaveCount(50);
    await expect.poll(() => focused(page)).toBe(`51 to 100 of ${all}`);
    const second = await rows(page).first().textContent();
    await tabTo(page, "Previous page");
    await page.keyboard.press("Enter");
    await expect(page.getByText(/Page 1 of/)).toBeVisible();
    await expect.poll(() => focused(page)).toBe(`1 to 50 of ${all}`);
    await expect(rows(page).first()).not.toHaveText(second ?? "");
    // The first page has no page before it, and the button is still there.
    await expect(page.getByRole("button", { name: "Previous page" })).toHaveAttribute("aria-disabled", "true");
    await tabTo(page, "Previous page");
    await page.keyboard.press("Enter");
    await expect(page.getByText(/Page 1 of/)).toBeVisible();
    await expect.poll(() => focused(page)).toBe("Previous page");
    await tabTo(page, "Next page");
    await page.keyboard.press("Enter");
    await expect(rows(page).first()).toHaveText(second ?? "");
  });
}

test("a search begins at its first page", async ({ quiet: page }) => {
  await open(page, "?scene=consignments-many");
  await expect(page.getByText(/Page 2 of/)).toBeVisible();
  await page.getByRole("searchbox").fill("MOCK1 1");
  await expect(page.getByText(/Page 1 of/)).toBeVisible();
});

test("a list of transfers says what the checks found, and can resume a paused one", async ({ quiet: page }) => {
  await open(page, "?scene=transfers");
  await expect(rows(page).filter({ hasText: "Registry_files" })).toContainText("Uploaded, but problems were found");
  await expect(rows(page).filter({ hasText: "Annual reports" })).toContainText("Uploaded");
  const paused = rows(page).filter({ hasText: "Estate plans" });
  await expect(paused).toContainText("Paused");
  await expect(paused.getByRole("button", { name: "Resume: Estate plans" })).toBeVisible();
});

test("files in which the service found problems are listed in its own words", async ({ quiet: page }) => {
  await open(page, "?scene=checks-bad");
  const list = page.getByRole("grid", { name: "Files that the service found problems with" });
  await expect(list).toHaveAttribute("aria-rowcount", "6");
  await expect(list).toContainText("Virus found (VirusDetected)");
  await expect(list).toContainText("Checksum check");
});

test("the files that are being sent can be looked at by themselves", async ({ quiet: page }) => {
  await open(page, "?scene=transfer-being-sent");
  const list = page.getByRole("grid", { name: "Files" });
  await expect(list).toHaveAttribute("aria-rowcount", "4");
  await expect(list.locator("[role=row]")).toHaveCount(4);
  for (const row of await list.locator("[role=row]").all().then((all) => all.slice(1))) await expect(row).toContainText("Being sent");
});
