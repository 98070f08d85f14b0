import type { Code } from "../generated/bindings";
import { code as words } from "../generated/words";

/** What is wrong, and what to do about it. */
export type Sentence = { what: string; next: string };

/** As `words/*.ftl` has them. A code of the program that has no words there does not compile: add them, then run `cargo xtask words`. */
const CODES: Record<Code, { text: string; next: string; nextAnswer?: string }> = words;

/** The words for a code. */
export function sentenceFor(code: Code): Sentence {
  const { text, next } = CODES[code];
  return { what: text, next };
}

/** The same when a person asked for something that failed: it does not resume automatically. */
export function sentenceForAnswer(code: Code): Sentence {
  const { text, next, nextAnswer } = CODES[code];
  return { what: text, next: nextAnswer ?? next };
}
