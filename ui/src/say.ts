/**
 * The one place that reads `words/*.ftl`. `generated/words.ts` has a typed entry for each message; nothing else asks here.
 *
 * The language is chosen once, before the page is drawn.
 */

import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";

/** The files of all languages, by their path. */
const FILES = import.meta.glob<string>("../../words/*.ftl", { query: "?raw", import: "default", eager: true });

declare global {
  /** The tag of the language that the program has chosen. The program sets it before the page is read. */
  var waybillLanguage: string | undefined;
}

const FIRST = "en-GB";

/** Returns the tag and the text of the language that the program has chosen, or of British English if the page lacks its file. */
export function chosen(told: string | undefined, files: Record<string, string>): { tag: string; text: string } {
  const tag = told !== undefined && pathOf(told) in files ? told : FIRST;
  return { tag, text: files[pathOf(tag)] ?? "" };
}

function pathOf(tag: string): string {
  return `../../words/${tag}.ftl`;
}

const language = chosen(globalThis.waybillLanguage, FILES);

/** The language that is shown. It also decides how numbers and times are written. */
export const LOCALE = language.tag;

/** The gallery can show a pseudo-language; no part of that is in what is shipped. */
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

/** A message, such as `tray-quit` or `code-offline.next`. A missing message, or one that lacks a part, is a build error. */
export function say(id: string, args?: Record<string, FluentVariable>): string {
  const [message = "", attribute] = id.split(".");
  const found = bundle.getMessage(message);
  const pattern = attribute === undefined ? found?.value : found?.attributes[attribute];
  if (pattern === undefined || pattern === null) throw new Error(`there is no message ${id}`);
  const text = bundle.formatPattern(pattern, args);
  return pseudo?.bracketed(text) ?? text;
}
