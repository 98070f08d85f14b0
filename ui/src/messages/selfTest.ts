import { formatBytes, formatCount, formatLimit, plural } from "../format";
import type { Code, SelfTestLine, SelfTestOutcome, SessionKind, SelfTestTopic } from "../generated/bindings";
import { sentenceForAnswer } from "./codes";
import type { Tone } from "./states";

const STORES: Record<SessionKind, string> = {
  keychain: "Your sign-in is kept in this computer’s keychain.",
  memory: "Your sign-in is kept until Waybill ends.",
  file: "Your sign-in is kept in a file that other programs of yours can read.",
};

/** Enough that nobody has to think about it. */
const SECONDS_IN_WORDS = 120;

/** An address was not reached. Nobody waits for it here: the person wants to know whom to ask for what. */
const NOT_REACHED: readonly Code[] = ["offline", "upload_unreachable", "api_unreachable", "sign_in_unreachable"];

/** The self-test of the help. */
export const selfTest = {
  heading: "Test the connection",
  text: "Waybill tests everything that it needs, and names what does not work. It sends no files.",
  run: "Run the test",
  again: "Run the test again",
  running: "Testing. This can take a minute.",
  columns: { topic: "What was tested", result: "Result", detail: "Detail" },
  topics: {
    data_folder: "Data folder",
    disk: "Room on the disk",
    proxy: "Proxy of your organisation",
    certificates: "Certificates of the addresses",
    sign_in: "Sign-in address",
    api: "Service address",
    upload: "Upload address",
    website: "Website",
    clock: "Clock of this computer",
    session_store: "Keychain",
  } satisfies Record<SelfTestTopic, string>,
  outcomes: {
    works: { name: "Works", tone: "good" },
    warns: { name: "Works for now", tone: "attention" },
    fails: { name: "Does not work", tone: "bad" },
    not_tested: { name: "Not tested", tone: "quiet" },
  } satisfies Record<SelfTestOutcome, { name: string; tone: Tone }>,
  fails: (topic: string) => `${topic}: does not work`,
  next,
  /** Where nothing stands in the way. */
  summary: (lines: readonly SelfTestLine[]) => {
    const count = (outcome: SelfTestOutcome) => lines.filter((line) => line.outcome === outcome).length;
    // Where no proxy is set there is nothing to test.
    const noProxy = lines.filter(({ detail: seen }) => seen.seen === "no_proxy").length;
    const [warns, untested] = [count("warns"), count("not_tested") - noProxy];
    if (warns === 0 && untested === 0) return "Everything works";
    const warning = warns === 0 ? "" : " Read the warning below.";
    const gap = untested === 0 ? "" : ` ${plural(untested, "thing")} could not be tested.`;
    return `Nothing stands in the way.${warning}${gap}`;
  },
  detail,
} as const;

/** What the person can do about the first thing that fails. All addresses that are not reached are asked for at once. */
function next(lines: readonly SelfTestLine[]): string {
  const first = lines.find(({ outcome }) => outcome === "fails")?.code ?? null;
  if (first === null) return "";
  if (!NOT_REACHED.includes(first)) return sentenceForAnswer(first).next;
  const hosts = lines.flatMap(({ code, detail: seen }) => (code !== null && NOT_REACHED.includes(code) && seen.seen === "address" ? [hostOf(seen.address)] : []));
  const places = hosts.length === 0 ? "the addresses of the service" : new Intl.ListFormat("en-GB").format(new Set(hosts));
  return `Ask your IT team to let this computer reach ${places}. It may need a proxy or a VPN.`;
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

/** What was seen, or why nothing was, in a sentence. */
function detail(line: Pick<SelfTestLine, "what" | "detail">): string {
  const { detail: seen } = line;
  switch (seen.seen) {
    case "folder":
      return `Waybill can write to ${seen.path}`;
    case "room":
      return seen.free >= seen.wanted
        ? `${formatBytes(seen.free)} are free.`
        : `${formatBytes(seen.free)} are free. For a large folder Waybill needs ${formatLimit(seen.wanted)} on this disk.`;
    case "addresses": {
      const some = seen.well < seen.of;
      const which = some ? `${formatCount(seen.well)} of the ${plural(seen.of, "address", "addresses")}` : `all ${plural(seen.of, "address", "addresses")}`;
      const rest = some ? " The others were not reached." : "";
      return `This computer trusts the certificates of ${which}.${rest}`;
    }
    case "proxy":
      return `${seen.address} lets this computer through to ${formatCount(seen.well)} of ${plural(seen.of, "address", "addresses")}.`;
    case "address":
      return `${seen.address} (${seen.answer}, after ${formatCount(seen.ms)} ms)`;
    case "clock":
      return clock(seen.seconds_slow);
    case "session":
      return seen.person === null ? `${STORES[seen.store]} Nobody is signed in.` : `${STORES[seen.store]} You are signed in as ${seen.person}.`;
    case "system":
      return seen.words;
    case "no_request":
      return "No request could be made.";
    case "no_proxy":
      return "No proxy is set.";
    case "no_certificate_seen":
      return "No address with a certificate was reached.";
    case "no_answer":
      return "No address answered with its time.";
  }
}

function clock(secondsSlow: number): string {
  const seconds = Math.abs(secondsSlow);
  if (seconds === 0) return "It has the service’s time.";
  const amount = seconds < SECONDS_IN_WORDS ? plural(seconds, "second") : plural(Math.round(seconds / 60), "minute");
  return `It is ${amount} ${secondsSlow > 0 ? "slow" : "fast"}.`;
}
