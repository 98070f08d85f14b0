// @ts-check
/** The browser of the tests and pictures: Debian's Chromium, or the one that `WAYBILL_CHROMIUM` names. */

/** @type {import("@playwright/test").LaunchOptions} */
export const launchOptions = {
  executablePath: process.env["WAYBILL_CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    // The tests may run as root in a container, where Chromium's sandbox cannot.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    // Letters look the same on every machine.
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
  ],
};
