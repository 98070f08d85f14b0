import type { Locator, Page } from "@playwright/test";

import { expect, open, test } from "./page";

/** The window as it opens, and the smallest one that it is made for. */
const WIDE = { width: 1280, height: 900 };
const SMALL = { width: 800, height: 600 };

async function look(page: Page, scene: string, size: typeof WIDE): Promise<void> {
  await page.setViewportSize(size);
  await open(page, `?scene=${scene}`);
}

/** Of those that match, the texts of which something is cut. */
function cut(found: Locator): Promise<string[]> {
  return found.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent));
}

test("the numbers of a list stay within the margin", async ({ quiet: page }) => {
  for (const size of [WIDE, SMALL]) {
    await look(page, "sign-in", size);
    const over = await page.locator("ol").evaluate((list) => {
      const number = document.createElement("span");
      number.textContent = "3. ";
      number.style.whiteSpace = "pre";
      list.lastElementChild?.append(number);
      const width = number.getBoundingClientRect().width;
      number.remove();
      return width - Number.parseFloat(getComputedStyle(list).paddingLeft);
    });
    expect(over).toBeLessThanOrEqual(0);
  }
});

test("in a small window a finding tells the whole place of its file", async ({ quiet: page }) => {
  for (const scene of ["checks-bad", "receipt-problems", "check-open"]) {
    await look(page, scene, SMALL);
    const folders = page.locator(".wb-list--checks .wb-path__folders, .wb-list--findings .wb-path__folders");
    await expect(folders.first()).toContainText("Correspondence/");
    expect(await cut(folders), scene).toEqual([]);
  }
});

test("in a small window a state is one line", async ({ quiet: page }) => {
  await look(page, "consignments", SMALL);
  // The longest of them has two.
  const tags = page.locator("tbody .wb-tag", { hasNotText: "problems were found" });
  const heights = await tags.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  expect(heights.length).toBeGreaterThan(8);
  expect(Math.max(...heights)).toBeLessThan(30);
});

test("the words of a drop are centred, and the back link has its arrow beside it", async ({ quiet: page }) => {
  await look(page, "folder", WIDE);
  const middle = (found: Locator) => found.evaluate((one) => {
    const { left, right } = one.getBoundingClientRect();
    return (left + right) / 2;
  });
  expect(Math.abs((await middle(page.locator(".wb-drop p"))) - (await middle(page.locator(".wb-drop"))))).toBeLessThan(1);
  await expect(page.getByRole("button", { name: "Back" })).toHaveCSS("padding-left", "14px");
});

test("a list is as high as its rows", async ({ quiet: page }) => {
  await look(page, "transfer-being-sent", WIDE);
  const over = await page.getByRole("grid").evaluate((grid) => {
    const last = [...grid.querySelectorAll("[role=row]")].at(-1);
    return grid.getBoundingClientRect().bottom - (last?.getBoundingClientRect().bottom ?? 0);
  });
  expect(over).toBeLessThanOrEqual(1);
});

test("nobody is asked to send before they can read what will not be sent", async ({ quiet: page }) => {
  for (const scene of ["check-loading", "check-error", "check-blocked"]) {
    await look(page, scene, WIDE);
    await expect(page.getByRole("button", { name: "Choose another folder" })).toBeVisible();
    await expect(page.getByRole("button", { name: /^Send / })).toHaveCount(0);
  }
  await look(page, "check-well", WIDE);
  await expect(page.getByRole("button", { name: "Send 1,842 files" })).toBeVisible();
});

test("what is true of a whole folder is shown with its name", async ({ quiet: page }) => {
  await look(page, "check-blocked", WIDE);
  await page.getByRole("button", { name: "Too many files" }).click();
  await expect(page.getByRole("grid", { name: "Too many files: list" })).toContainText("Parish council records/");
});

test("the state of a transfer is named once", async ({ quiet: page }) => {
  for (const [scene, state] of [
    ["transfer-paused", "Paused"],
    ["transfer-stopped", "Stopped"],
    ["transfer-resting", "Not running"],
    ["transfer-waiting-offline", "Waiting for the network"],
  ] as const) {
    await look(page, scene, WIDE);
    await expect(page.locator("h1")).toHaveText("Parish council records");
    await expect(page.getByRole("main").getByText(state, { exact: true })).toHaveCount(1);
  }
  await look(page, "transfer-registering", WIDE);
  await expect(page.getByRole("main").getByText("Registering the files", { exact: true })).toHaveCount(1);
});

test("whoever is signed out can sign in from where they are", async ({ quiet: page }) => {
  await look(page, "checks-bad-signed-out", WIDE);
  await expect(page.getByRole("main").getByRole("button", { name: "Sign in" })).toBeVisible();
  await look(page, "transfers-offline", WIDE);
  await page.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator("h1")).toHaveText("Sign in to Transfer Digital Records");
  await expect(page.getByRole("button", { name: "Sign in" })).toHaveCount(1);
});

test("the step that comes next is the button that stands out", async ({ quiet: page }) => {
  for (const [scene, name] of [
    ["sign-in-no-browser", "Copy the address"],
    ["check-blocked", "Choose another folder"],
    ["folder-offline", "Try again"],
    ["hand-over-signed-out", "Sign in"],
    ["checks-bad", "See the results on the TDR website"],
    ["checks-could-not-run", "View it on the TDR website"],
    ["receipt", "Continue on the TDR website"],
    ["receipt-not-complete", "Print"],
  ] as const) {
    await look(page, scene, WIDE);
    await expect(page.locator("main .govuk-button:not(.govuk-button--secondary)"), scene).toHaveText([name]);
  }
  await look(page, "transfer-stopped", WIDE);
  await expect(page.locator("main .govuk-button:not(.govuk-button--secondary)")).toHaveCount(0);
});

test("the buttons below what is being sent stay where they are between two files", async ({ quiet: page }) => {
  const heights = new Set<number>();
  for (const scene of ["transfer", "transfer-registering"]) {
    await look(page, scene, WIDE);
    heights.add(await page.locator(".wb-now").evaluate((now) => now.getBoundingClientRect().height));
  }
  expect([...heights]).toHaveLength(1);
});

test("what is said of a choice stands below it", async ({ quiet: page }) => {
  for (const scene of ["settings", "transfer-cancel"]) {
    await look(page, scene, WIDE);
    const over = await page.locator(".govuk-checkboxes__hint, .govuk-radios__hint").evaluateAll((hints) =>
      hints.map((hint) => (hint.previousElementSibling?.getBoundingClientRect().bottom ?? Infinity) - hint.getBoundingClientRect().top),
    );
    expect(over.length, scene).toBeGreaterThan(1);
    // The label's box reaches a little over its hint.
    expect(Math.max(...over), scene).toBeLessThan(5);
  }
});

test("in a list of transfers every state is one line", async ({ quiet: page }) => {
  for (const size of [WIDE, SMALL]) {
    await look(page, "transfers", size);
    const heights = await page.locator("tbody .wb-tag").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    expect(heights).toHaveLength(8);
    expect(Math.max(...heights)).toBeLessThan(30);
  }
});
