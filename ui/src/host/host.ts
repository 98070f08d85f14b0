import type { About, Problem, TransferList } from "../generated/bindings";

/** What came of asking the program: an answer, or a problem with its code. */
export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** The program behind the page. Views know this and nothing of how it is reached. */
export interface Host {
  about(): Promise<Answer<About>>;
  transfers(): Promise<Answer<TransferList>>;
}
