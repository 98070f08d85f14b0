/**
 * Reads `words/*.ftl`. `generated/words.ts` has a typed entry for each message; no other code uses this.
 *
 * The language is set once, before the page is drawn.
 */

import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";

/** The files of all languages, by path. */
const FILES = import.meta.glob<string>("../../words/*.ftl", { query: "?raw", import: "default", eager: true });

declare global {
  /** The tag of the program's language, which the program sets before the page loads. */
  var waybillLanguage: string | undefined;
}

const DEFAULT_TAG = "en-GB";

/** Returns the tag and the file of the program's language, or of British English if the page lacks that file. */
export function chosen(wanted: string | undefined, files: Record<string, string>): { tag: string; text: string } {
  const tag = wanted !== undefined && pathOf(wanted) in files ? wanted : DEFAULT_TAG;
  return { tag, text: files[pathOf(tag)] ?? "" };
}

function pathOf(tag: string): string {
  return `../../words/${tag}.ftl`;
}

const language = chosen(globalThis.waybillLanguage, FILES);

/** The page's language, which also determines the format of numbers and times. */
export const LOCALE = language.tag;

/** The gallery can show a pseudo-language, which is not part of releases. */
const pseudo =
  (import.meta.env.DEV || import.meta.env.MODE === "gallery") && new URLSearchParams(location.search).has("pseudo")
    ? await import("./host/fake/pseudo")
    : null;

const bundle = new FluentBundle(LOCALE, {
  // Inserted text has its own element where its direction may differ.
  useIsolating: false,
  ...(pseudo && { transform: pseudo.accented }),
});
const errors = bundle.addResource(new FluentResource(language.text));
if (errors.length > 0) throw new Error(errors.join("; "));

/** Returns a message, such as `tray-quit` or `code-offline.next`. Missing messages and variables do not compile. */
export function say(id: string, args?: Record<string, FluentVariable>): string {
  const [message = "", attribute] = id.split(".");
  const found = bundle.getMessage(message);
  const pattern = attribute === undefined ? found?.value : found?.attributes[attribute];
  if (pattern === undefined || pattern === null) throw new Error(`there is no message ${id}`);
  const text = bundle.formatPattern(pattern, args);
  return pseudo?.bracketed(text) ?? text;
}
