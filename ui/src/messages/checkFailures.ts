import { checkFailures as words, serviceCheck, serviceResult } from "../generated/words";

/** By the names that the service gives them, which may be new ones. */
const CHECKS: Partial<Record<string, string>> = serviceCheck;
const RESULTS: Partial<Record<string, string>> = serviceResult;

/** In words where there are any, and as the service names it in any case. */
function withName(known: string | undefined, name: string): string {
  return known === undefined ? name : words.withName({ words: known, name });
}

const check = (name: string) => CHECKS[name] ?? name;
const result = (name: string) => withName(RESULTS[name], name);

/** What the service's checks found. */
export const checkFailures = {
  ...words,
  check,
  result,
  files: (count: number) => words.files({ count }),
  group: (of: string, name: string, count: number) => words.group({ result: RESULTS[name] ?? words.named({ check: check(of), result: name }), count }),
  named: (of: string, name: string) => words.named({ check: withName(CHECKS[of], of), result: result(name) }),
  first: (rows: number) => words.first({ rows }),
} as const;
