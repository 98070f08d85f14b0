import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

const onlyTheHostKnowsTauri = [
  "error",
  {
    patterns: [
      { group: ["@tauri-apps/*"], message: "Only host/ knows Tauri." },
      { group: ["**/generated/bindings"], allowTypeImports: true, message: "Call through host/; types are free." },
    ],
  },
];

export default ts.config(
  { ignores: ["dist", "dist-gallery", "test-results", "node_modules", "src/generated"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: { "@typescript-eslint/no-restricted-imports": onlyTheHostKnowsTauri, eqeqeq: "error", "no-console": "error" },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
    // TypeScript itself knows better what is defined.
    rules: { "no-undef": "off" },
  },
  { files: ["src/host/**", "src/**/*.test.ts"], rules: { "@typescript-eslint/no-restricted-imports": "off" } },
  { files: ["*.config.{js,ts}", "browser/**"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
);
