import { fileURLToPath } from "node:url";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const govukStyles = fileURLToPath(new URL("node_modules/govuk-frontend/dist/govuk", import.meta.url));

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  css: { preprocessorOptions: { scss: { loadPaths: [govukStyles], quietDeps: true } } },
  build: {
    // The web views of supported systems; and nothing inlined, as the content security policy forbids it.
    target: ["es2022", "safari15"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // lightningcss refuses a hack of govuk-frontend's.
    cssMinify: "esbuild",
    // What the page is made of, with the licences: the packages hand it on.
    license: { fileName: "licences.md" },
  },
  // Tests compare the words with the list of codes in the model, and the mark with the program's icon.
  server: { port: 1420, strictPort: true, fs: { allow: [".", "../src-tauri/crates/model/src", "../icons", "../words"] } },
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], setupFiles: ["src/testSetup.ts"] },
});
