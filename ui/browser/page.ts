import { test as base, type Page } from "@playwright/test";

/** The gallery's address, where the set-up serves it. */
function address(query: string): string {
  const gallery = process.env["WAYBILL_GALLERY"];
  if (gallery === undefined) throw new Error("the gallery is not served");
  return `${gallery}/${query}`;
}

/** A page that must not complain: whatever it writes as an error, and whatever its security policy refuses, fails the test. */
export const test = base.extend<{ quiet: Page }>({
  quiet: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => {
      complaints.push(String(error));
    });
    page.on("requestfailed", (request) => {
      // Going to another page calls off what is still on its way.
      const why = request.failure()?.errorText ?? "";
      if (why !== "net::ERR_ABORTED") complaints.push(`${request.url()} failed: ${why}`);
    });
    await use(page);
    base.expect(complaints).toEqual([]);
  },
});

export const { expect } = base;

/** Opens `?…` and waits until it is drawn. */
export async function open(page: Page, query: string): Promise<void> {
  await page.goto(address(query));
  await page.locator("html[data-ready]").waitFor({ state: "attached" });
}

/** The text of what has the focus. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent.trim() ?? "");
}

/** Lets a job that was opened with `hold` continue past its middle. */
export function letGo(page: Page): Promise<void> {
  return page.evaluate(() => {
    document.documentElement.dataset["letGo"] = "";
  });
}

/** How long Tab may lead past things before what is looked for has to be among them, in milliseconds. */
const TAB_PATIENCE = 20_000;

/** Presses Tab until something with this text, or with a label of this text, has the focus. */
export async function tabTo(page: Page, text: string): Promise<void> {
  const deadline = Date.now() + TAB_PATIENCE;
  // It may be drawn only while this goes round.
  for (let presses = 0; presses < 80 || Date.now() < deadline; presses += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const active = document.activeElement;
      const label = active instanceof HTMLInputElement || active instanceof HTMLSelectElement ? active.labels?.[0]?.textContent : undefined;
      return (label ?? active?.getAttribute("aria-label") ?? active?.textContent ?? "").trim().replace(/\s+/g, " ");
    });
    if (name.startsWith(text)) return;
  }
  throw new Error(`Tab does not lead to “${text}”`);
}
