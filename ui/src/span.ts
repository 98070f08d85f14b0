import { plural } from "./format";
import { sending } from "./messages";

/** Seconds as a person says them: "About 25 minutes". */
export function spanInWords(seconds: number): string {
  const { left } = sending;
  if (seconds <= 60) return left.less;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return left.about(plural(minutes, "minute"));
  const hours = Math.floor(minutes / 60);
  if (hours < 4 && minutes % 60 !== 0) return left.about(`${plural(hours, "hour")} ${plural(minutes % 60, "minute")}`);
  if (hours < 48) return left.about(plural(hours, "hour"));
  return left.about(plural(Math.round(hours / 24), "day"));
}
