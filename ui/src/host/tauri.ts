import { commands } from "../generated/bindings";
import type { Host } from "./host";

/** The program as Tauri reaches it. */
export const tauriHost: Host = {
  async about() {
    return { ok: true, value: await commands.about() };
  },
  async transfers() {
    const result = await commands.transfers();
    return result.status === "ok" ? { ok: true, value: result.data } : { ok: false, problem: result.error };
  },
};
