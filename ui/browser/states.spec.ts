import { expect, focused, open, test } from "./page";

test("a transfer that waits for its turn says so, and links to the one ahead", async ({ quiet: page }) => {
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

test("after Send leads back to the check, the keyboard can list the files and agree", async ({ quiet: page }) => {
  await open(page, "?scene=check-leaves-out");
  await expect(page.getByRole("alert")).toContainText("Some files cannot be sent");
  await expect(page.getByRole("grid", { name: "Files that are open in another program: list" })).toBeVisible();
  await page.getByRole("button", { name: "Send 1,840 files" }).press("Enter");
  await expect(page.getByText("Select that you agree")).toBeVisible();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("agree");
  expect(await focused(page)).toBe("");
});
