import type { Code } from "../generated/bindings";
import { code as words } from "../generated/words";

/** What is wrong, and what to do about it. */
export type Sentence = { what: string; next: string };

/** From `words/*.ftl`. If a code of the program has no words, this does not compile: add them, then run `cargo xtask words`. */
const CODES: Record<Code, { text: string; next: string; nextAnswer?: string }> = words;

/** Returns the sentence for a code. */
export function sentenceFor(code: Code): Sentence {
  const { text, next } = CODES[code];
  return { what: text, next };
}

/** Returns the sentence for a request that failed, which does not resume automatically. */
export function sentenceForAnswer(code: Code): Sentence {
  const { text, next, nextAnswer } = CODES[code];
  return { what: text, next: nextAnswer ?? next };
}
