import { sending } from "./messages";

/** Formats a number of seconds in words, such as "About 25 minutes". */
export function spanInWords(seconds: number): string {
  const { left } = sending;
  if (seconds <= 60) return left.less;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return left.minutes({ minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 4 && minutes % 60 !== 0) return left.hoursAndMinutes({ hours, minutes: minutes % 60 });
  if (hours < 48) return left.hours({ hours });
  return left.days({ days: Math.round(hours / 24) });
}
