// Shares, intervals and dates as the page's language writes them.

import { locale } from "./words.js";

/** A share of 0..1 as whole per cent. */
export const percent = (share) => `${Math.round(share * 100)}%`;

/** `(49–72)`: the interval of a rate. */
export const interval = (rate) => `(${Math.round(rate.low * 100)}–${Math.round(rate.high * 100)})`;

export const whole = (number) => new Intl.NumberFormat(locale()).format(number);

export const oneDigit = (number) =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(number);

/** The day as it was where the review was written, not where it is read. */
export function day(writtenAt) {
  const [year, month, date] = writtenAt.slice(0, 10).split("-").map(Number);
  const style = { dateStyle: "medium", timeZone: "UTC" };
  return new Intl.DateTimeFormat(locale(), style).format(Date.UTC(year, month - 1, date));
}

/** `2026-03` in words; short ones name the year only in January and where asked. */
export function monthName(month, { short = false } = {}) {
  const [year, number] = month.split("-").map(Number);
  const style = short ? { month: "short" } : { month: "long", year: "numeric" };
  const at = Date.UTC(year, number - 1, 1);
  return new Intl.DateTimeFormat(locale(), { ...style, timeZone: "UTC" }).format(at);
}
