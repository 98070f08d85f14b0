import { formatSpeedLimit } from "../format";
import type { Service } from "../generated/bindings";
import { about as aboutWords, help as helpWords, settings as settingsWords, toService } from "../generated/words";

/** Settings. */
export const settings = { ...settingsWords, limitOf: formatSpeedLimit } as const;

/** Help. */
export const help = {
  ...helpWords,
  bundle: { ...helpWords.bundle, saved: (path: string) => helpWords.bundle.saved({ path }) },
} as const;

/** About. */
export const about = {
  ...aboutWords,
  text: (service: Service | null) => (service?.destination === "service" ? toService.about({ service: service.title }) : aboutWords.text),
} as const;
