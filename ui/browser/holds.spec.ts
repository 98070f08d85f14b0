import { expect, open, test } from "./page";

test("another person's transfer says whose it is, and has one button to sign in", async ({ quiet: page }) => {
  await open(page, "?scene=transfer-waiting-different-person");
  const notice = page.getByRole("region", { name: "Waiting for the person who started it" });
  await expect(notice).toContainText("Priya Shah (priya.shah@example.gov.uk) started this transfer. You are signed in as Ben Okafor.");
  await notice.getByRole("button", { name: "Sign out and sign in again" }).click();
  await expect(page.getByRole("banner")).not.toContainText("Ben Okafor");
  await expect(page.getByRole("region", { name: "Sign in to continue" }).getByRole("button", { name: "Open it again" })).toBeVisible();
});
