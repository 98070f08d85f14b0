import { expect, focused, open, test } from "./page";

test("a transfer that waits for its turn says so in its own view and in the strip around others, and leads to the one ahead", async ({ quiet: page }) => {
  await open(page, "?scene=transfer-queued");
  const notice = page.getByRole("region", { name: "Waiting for “Board papers” to finish" });
  await expect(notice).toContainText("Waybill sends one folder at a time.");
  await page.getByRole("navigation").getByRole("button", { name: "Settings" }).click();
  const strip = page.getByRole("region", { name: "Unfinished transfers" });
  await expect(strip).toContainText("Waiting for “Board papers” to finish");
  await strip.getByRole("button", { name: "Parish council records" }).click();
  await notice.getByRole("button", { name: "Show “Board papers”" }).click();
  await expect(page.locator("h1")).toHaveText("Sending Board papers");
});

test("whom Send brings back to the check can read the files at once and agree with the keyboard", async ({ quiet: page }) => {
  await open(page, "?scene=check-leaves-out");
  await expect(page.getByRole("alert")).toContainText("Some files cannot be sent");
  await expect(page.getByRole("grid", { name: "Files that are open in another program: list" })).toBeVisible();
  await page.getByRole("button", { name: "Send 1,840 files" }).press("Enter");
  await expect(page.getByText("Select that you agree")).toBeVisible();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("agree");
  expect(await focused(page)).toBe("");
});
