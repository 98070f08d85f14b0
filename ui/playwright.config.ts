import { defineConfig } from "@playwright/test";

import { launchOptions } from "./browser/chromium.js";

/** The page in a real browser, over the fake program. `npm run test:browser` builds what it looks at. */
export default defineConfig({
  testDir: "browser",
  outputDir: "test-results",
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  retries: 0,
  reporter: [["dot"]],
  timeout: 120_000,
  expect: { timeout: 20_000 },
  globalSetup: "./browser/setup.js",
  use: { launchOptions, viewport: { width: 1280, height: 900 }, locale: "en-GB", timezoneId: "Europe/London" },
});
