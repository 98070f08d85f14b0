import { formatBytes, formatLimit } from "../format";
import type { Code, SelfTestLine, SelfTestOutcome, SessionKind, SelfTestTopic } from "../generated/bindings";
import { selfTest as words } from "../generated/words";
import { LOCALE } from "../say";
import { sentenceForAnswer } from "./codes";
import type { Tone } from "./states";

const STORES: Record<SessionKind, string> = words.kept;

/** The difference of clocks, in seconds, from which it is shown in minutes. */
const SECONDS_IN_WORDS = 120;

/** Codes for unreachable addresses. The self-test says whom to ask, instead of how the wait ends. */
const NOT_REACHED: readonly Code[] = ["offline", "upload_unreachable", "api_unreachable", "sign_in_unreachable"];

/** The self-test in Help. */
export const selfTest = {
  ...words,
  topics: words.topics satisfies Record<SelfTestTopic, string>,
  outcomes: {
    works: { name: words.outcomes.works, tone: "good" },
    warns: { name: words.outcomes.warns, tone: "attention" },
    fails: { name: words.outcomes.fails, tone: "bad" },
    not_tested: { name: words.outcomes.not_tested, tone: "quiet" },
  } satisfies Record<SelfTestOutcome, { name: string; tone: Tone }>,
  fails: (topic: string) => words.fails({ topic }),
  next,
  /** The summary if no test fails. */
  summary: (lines: readonly SelfTestLine[]) => {
    const count = (outcome: SelfTestOutcome) => lines.filter((line) => line.outcome === outcome).length;
    // Without a proxy there is nothing to test.
    const noProxy = lines.filter(({ detail: seen }) => seen.seen === "no_proxy").length;
    const [warns, untested] = [count("warns"), count("not_tested") - noProxy];
    if (warns === 0 && untested === 0) return words.works;
    const sentences = [words.noFailure, ...(warns === 0 ? [] : [words.readWarning]), ...(untested === 0 ? [] : [words.notTested({ count: untested })])];
    return sentences.join(" ");
  },
  detail,
} as const;

/** Returns what the person can do about the first failure. All unreachable addresses are listed together. */
function next(lines: readonly SelfTestLine[]): string {
  const first = lines.find(({ outcome }) => outcome === "fails")?.code ?? null;
  if (first === null) return "";
  if (!NOT_REACHED.includes(first)) return sentenceForAnswer(first).next;
  const hosts = lines.flatMap(({ code, detail: seen }) => (code !== null && NOT_REACHED.includes(code) && seen.seen === "address" ? [hostOf(seen.address)] : []));
  if (hosts.length === 0) return words.allowService;
  return words.allowAddresses({ addresses: new Intl.ListFormat(LOCALE).format(new Set(hosts)) });
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

/** Returns the details of a test, or why it was not run, as a sentence. */
function detail(line: Pick<SelfTestLine, "what" | "detail">): string {
  const { detail: seen } = line;
  switch (seen.seen) {
    case "folder":
      return words.folder({ path: seen.path });
    case "room": {
      const free = formatBytes(seen.free);
      return seen.free >= seen.wanted ? words.room({ free }) : words.roomShort({ free, wanted: formatLimit(seen.wanted) });
    }
    case "addresses":
      return seen.well < seen.of ? words.certificatesSome({ trusted: seen.well, all: seen.of }) : words.certificates({ all: seen.of });
    case "proxy":
      return words.proxy({ address: seen.address, reached: seen.well, all: seen.of });
    case "address":
      return words.address({ address: seen.address, answer: seen.answer, milliseconds: seen.ms });
    case "clock":
      return clock(seen.seconds_slow);
    case "session":
      return `${STORES[seen.store]} ${seen.person === null ? words.nobody : words.person({ person: seen.person })}`;
    case "system":
      return seen.words;
    case "no_request":
      return words.noRequest;
    case "no_proxy":
      return words.noProxy;
    case "no_certificate_seen":
      return words.noCertificate;
    case "no_answer":
      return words.noAnswer;
  }
}

function clock(secondsSlow: number): string {
  const seconds = Math.abs(secondsSlow);
  if (seconds === 0) return words.clockRight;
  if (seconds < SECONDS_IN_WORDS) return (secondsSlow > 0 ? words.clockSlowSeconds : words.clockFastSeconds)({ seconds });
  return (secondsSlow > 0 ? words.clockSlowMinutes : words.clockFastMinutes)({ minutes: Math.round(seconds / 60) });
}
