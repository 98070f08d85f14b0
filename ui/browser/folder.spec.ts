import { expect, focused, open, tabTo, test } from "./page";

test("a folder that could not be opened is tried again without being chosen again", async ({ quiet: page }) => {
  await open(page, "?scene=folder-offline");
  const problem = page.getByRole("alert").filter({ hasText: "could not be opened" });
  await expect(problem).toContainText("“Parish council records” could not be opened");
  await expect.poll(() => focused(page)).toContain("could not be opened");
  await tabTo(page, "Try again");
  await page.keyboard.press("Enter");
  await expect(page.locator("h1")).not.toHaveText("Choose a folder to send");
  await expect(page.locator("h1")).toContainText("Parish council records");
});

test("a folder that its consignment does not take is kept for another one", async ({ quiet: page }) => {
  await open(page, "?scene=folder-refused");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert")).toContainText("could not be opened");
  await expect.poll(() => focused(page)).toContain("could not be opened");
  await page.getByRole("button", { name: "Choose another consignment" }).click();
  await expect(page.locator("h1")).toHaveText(/Choose a consignment for .*Parish council records/);
});
