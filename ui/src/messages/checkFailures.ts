import { checkFailures as words, serviceCheck, serviceResult } from "../generated/words";

/** By the service's names, which may be unknown. */
const CHECKS: Partial<Record<string, string>> = serviceCheck;
const RESULTS: Partial<Record<string, string>> = serviceResult;

/** Returns the words for a name, if there are any, followed by the name. */
function withName(known: string | undefined, name: string): string {
  return known === undefined ? name : words.withName({ words: known, name });
}

const check = (name: string) => CHECKS[name] ?? name;
const result = (name: string) => withName(RESULTS[name], name);

/** The results of the service's checks. */
export const checkFailures = {
  ...words,
  check,
  result,
  files: (count: number) => words.files({ count }),
  group: (of: string, name: string, count: number) => words.group({ result: RESULTS[name] ?? words.named({ check: check(of), result: name }), count }),
  named: (of: string, name: string) => words.named({ check: withName(CHECKS[of], of), result: result(name) }),
  first: (rows: number) => words.first({ rows }),
} as const;
