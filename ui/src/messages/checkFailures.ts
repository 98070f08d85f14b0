import { plural } from "../format";

/** The service's checks, by the names that it gives them. */
const CHECKS: Partial<Record<string, string>> = {
  Antivirus: "Antivirus check",
  ChecksumMatch: "Checksum check",
  ServerChecksum: "Checksum check",
  FFID: "File format check",
  Upload: "Upload",
  ClientChecks: "Checks before the upload",
  ClientFilePath: "Check of the path",
  Redaction: "Check of redactions",
};

/** What a check came to, by the names that the service gives it. */
const RESULTS: Partial<Record<string, string>> = {
  VirusDetected: "Virus found",
  Mismatch: "Checksum differs",
  PasswordProtected: "Password-protected",
  Zip: "Zip file",
  NonJudgmentFormat: "Not a format for judgments",
  ZeroByteFile: "Empty file",
  Failed: "Check failed",
};

/** In words where there are any, and as the service names it in any case. */
function withName(words: Partial<Record<string, string>>, name: string): string {
  const known = words[name];
  return known === undefined ? name : `${known} (${name})`;
}

/** What the service's checks found. */
export const checkFailures = {
  heading: "Files in which the service found problems",
  loading: "Asking the service which files these are…",
  none: "The service names no file.",
  problem: "The list of files cannot be read.",
  signIn: "Sign in to see it.",
  listProblem: "The list cannot be read.",
  files: (count: number) => `The service found problems in ${plural(count, "file")}.`,
  group: (check: string, result: string, count: number) => `${RESULTS[result] ?? `${CHECKS[check] ?? check}: ${result}`}: ${plural(count, "file")}`,
  columns: { path: "Path", check: "Check", result: "What the service says" },
  check: (check: string) => CHECKS[check] ?? check,
  result: (result: string) => withName(RESULTS, result),
  named: (check: string, result: string) => `${withName(CHECKS, check)}: ${withName(RESULTS, result)}`,
  first: (rows: number) => `The list has the first ${plural(rows, "line")}. The TDR website has the rest.`,
} as const;
