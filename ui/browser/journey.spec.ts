import { expect, focused, letGo, open, tabTo, test } from "./page";

/** A heading takes the focus whenever the view changes. */
async function expectHeading(page: Parameters<typeof focused>[0], text: string): Promise<void> {
  await expect(page.locator("h1")).toHaveText(text);
  await expect.poll(() => focused(page)).toBe(text);
}

test("the whole job is done with the keyboard alone", async ({ quiet: page }) => {
  await open(page, "?speed=20&hold=1");
  await expect(page.locator("h1")).toHaveText("Sign in to Transfer Digital Records");
  await tabTo(page, "Sign in");
  await page.keyboard.press("Enter");
  await expectHeading(page, "Finish signing in");
  // The fake's browser signs in when its page is opened again.
  await tabTo(page, "Open it again");
  await page.keyboard.press("Enter");
  await expectHeading(page, "Consignments");

  await tabTo(page, "Search by reference");
  await page.keyboard.type("GBC");
  await expect(page.locator("main")).toContainText("1 of 8 consignments");
  await tabTo(page, "Choose folder: TDR-2026-GBC");
  await page.keyboard.press("Enter");
  await expectHeading(page, "Choose a folder to send");
  await tabTo(page, "Choose a folder");
  await page.keyboard.press("Enter");

  await expectHeading(page, "Check what will be sent");
  await tabTo(page, "▸ Empty files");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("grid", { name: "Empty files: list" })).toBeVisible();
  await tabTo(page, "Send 1,842 files");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Select that you agree")).toBeVisible();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("agree");
  await page.keyboard.press("Space");
  await tabTo(page, "Send 1,842 files");
  await page.keyboard.press("Enter");

  await expectHeading(page, "Sending Parish council records");
  await tabTo(page, "Pause");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Nothing is sent until you select “Resume”.")).toBeVisible();
  expect(await focused(page)).toBe("Resume");
  expect(await focused(page)).toBe("Resume");
  await tabTo(page, "Cancel the transfer");
  await page.keyboard.press("Enter");
  await expectHeading(page, "Cancel this transfer?");
  await tabTo(page, "Go back");
  await page.keyboard.press("Enter");
  // It is paused, so that nothing is being sent.
  await expectHeading(page, "Parish council records");
  await tabTo(page, "Resume");
  await page.keyboard.press("Enter");

  await expectHeading(page, "Start the service’s checks");
  await tabTo(page, "Open the TDR website");
  await page.keyboard.press("Enter");
  await expectHeading(page, "The service is checking your files");
  await letGo(page);
  await expectHeading(page, "Receipt");
  await tabTo(page, "Page to read and print");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Saved as /home/priya/Documents/receipt.html")).toBeVisible();
});

test("the window can quit, and first asks while something is being sent", async ({ quiet: page }) => {
  await open(page, "?scene=transfer");
  await page.getByRole("combobox").selectOption("sent");
  const quit = page.getByRole("banner").getByRole("button", { name: "Quit Waybill" });
  const question = page.getByRole("dialog", { name: "Quit while files are being sent?" });
  for (const goBack of ["Enter", "Escape"]) {
    await quit.click();
    await expect(question).toBeVisible();
    await expect.poll(() => focused(page)).toBe("Quit while files are being sent?");
    if (goBack === "Enter") await tabTo(page, "Go back");
    await page.keyboard.press(goBack);
    await expect(question).toHaveCount(0);
    await expect.poll(() => focused(page)).toBe("Quit Waybill");
  }
  // The view is as it was.
  await expect(page.getByRole("combobox")).toHaveValue("sent");
});

test("signing out also asks while something is being sent, and returns the focus", async ({ quiet: page }) => {
  await open(page, "?scene=transfer");
  const signOut = page.getByRole("banner").getByRole("button", { name: "Sign out" });
  const question = page.getByRole("dialog", { name: "Sign out while files are being sent?" });
  for (const goBack of ["Enter", "Escape"]) {
    await signOut.click();
    await expect(question).toBeVisible();
    await expect.poll(() => focused(page)).toBe("Sign out while files are being sent?");
    if (goBack === "Enter") await tabTo(page, "Go back");
    await page.keyboard.press(goBack);
    await expect(question).toHaveCount(0);
    await expect.poll(() => focused(page)).toBe("Sign out");
  }
});

test("a list that cannot be refreshed takes the focus to why, and stays below", async ({ quiet: page }) => {
  await open(page, "?scene=consignments-not-refreshed");
  await expect.poll(() => focused(page)).toContain("The list cannot be refreshed");
  await expect(page.locator("tbody tr")).toHaveCount(16);
  await tabTo(page, "Try again");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toContain("The list cannot be refreshed");
});

test("a pressed button that goes moves focus to the heading; one that stays keeps it", async ({ quiet: page }) => {
  await open(page, "?scene=notices");
  const close = page.getByRole("button", { name: "Close this message" });
  while ((await close.count()) > 0) {
    const before = await close.count();
    await close.first().focus();
    await page.keyboard.press("Enter");
    await expect(close).toHaveCount(before - 1);
    await expect.poll(() => focused(page)).toBe("Consignments");
  }
  await open(page, "?scene=consignments-offer");
  await tabTo(page, "Do not send this folder");
  await page.keyboard.press("Enter");
  await expectHeading(page, "Consignments");
});

test("every entry of the navigation moves the focus to its heading", async ({ quiet: page }) => {
  await open(page, "?scene=consignments");
  for (const [entry, heading] of [
    ["All transfers", "All transfers"],
    ["Settings", "Settings"],
    ["Help", "Help"],
    ["About", "About Waybill"],
    ["Consignments", "Consignments"],
  ] as const) {
    await page.getByRole("navigation").getByRole("button", { name: entry }).click();
    await expectHeading(page, heading);
    await expect(page).toHaveTitle(`${heading} – Waybill`);
  }
});

test("the skip link comes first, becomes visible, and leads past the navigation", async ({ quiet: page }) => {
  await open(page, "?scene=settings");
  const first = page.locator("a[href], button, input, select, [tabindex='0']").first();
  await expect(first).toHaveText("Skip to main content");
  await first.focus();
  await expect(first).toBeInViewport();
  expect((await first.boundingBox())?.height).toBeGreaterThan(20);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
});

test("a change of state is read out, and progress is not", async ({ quiet: page }) => {
  // Slow enough for every state to hold until it is read out.
  await open(page, "?speed=4");
  const said: string[] = [];
  await page.exposeFunction("heard", (text: string) => said.push(text));
  await page.evaluate(() => {
    const live = document.querySelector("#app > [role=status]");
    if (!live) throw new Error("there is no live region");
    new MutationObserver(() => {
      (window as unknown as { heard: (text: string) => void }).heard(live.textContent);
    }).observe(live, { childList: true, characterData: true, subtree: true });
  });
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Open it again" }).click();
  await page.getByRole("button", { name: "Choose folder: TDR-2026-GBC" }).click();
  await page.getByRole("button", { name: "Choose a folder" }).click();
  await expect.poll(() => said).toHaveLength(2);
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Send 1,842 files" }).click();
  await expect(page.locator("h1")).toHaveText("Start the service’s checks", { timeout: 60_000 });
  // What the page says reaches the test one message at a time.
  await expect.poll(() => said).toEqual([
    "Opening Parish council records…",
    "Parish council records: Checked, not sent yet.",
    "Parish council records: Checking every file.",
    "Parish council records: Sending.",
    "Parish council records: Handing over.",
  ]);
});

test("a person in the navigation is left there when a view changes by itself", async ({ quiet: page }) => {
  await open(page, "?speed=40&hold=1");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Open it again" }).click();
  await page.getByRole("button", { name: "Choose folder: TDR-2026-GBC" }).click();
  await page.getByRole("button", { name: "Choose a folder" }).click();
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Send 1,842 files" }).click();
  await page.getByRole("navigation").getByRole("button", { name: "Help" }).focus();
  await letGo(page);
  await expect(page.locator("h1")).toHaveText("Start the service’s checks");
  expect(await focused(page)).toBe("Help");
});

test("where motion is unwanted nothing moves by itself", async ({ quiet: page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const scene of ["transfer", "check-walking", "help-testing"]) {
    await open(page, `?scene=${scene}`);
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll("*")]
        .filter((element) => {
          const style = getComputedStyle(element);
          const lasts = (times: string) => times.split(",").some((time) => Number.parseFloat(time) > 0);
          return (style.animationName !== "none" && lasts(style.animationDuration)) || lasts(style.transitionDuration);
        })
        .map((element) => element.className),
    );
    expect(moving).toEqual([]);
  }
});

test("names that look like markup are text", async ({ quiet: page }) => {
  await open(page, "?scene=consignments-offer");
  await page.getByRole("searchbox").fill("<img src=x onerror=alert(1)>");
  await expect(page.getByText("“<img src=x onerror=alert(1)>”")).toBeVisible();
  await expect(page.locator("main img")).toHaveCount(0);
});
