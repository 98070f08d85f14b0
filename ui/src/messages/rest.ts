import { formatSpeedLimit } from "../format";
import { about as aboutWords, help as helpWords, settings as settingsWords } from "../generated/words";

/** Settings. */
export const settings = { ...settingsWords, limitOf: formatSpeedLimit } as const;

/** Help. */
export const help = {
  ...helpWords,
  bundle: { ...helpWords.bundle, saved: (path: string) => helpWords.bundle.saved({ path }) },
} as const;

/** About. */
export const about = aboutWords;
