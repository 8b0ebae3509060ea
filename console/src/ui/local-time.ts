/** Moments as the fields of the browser give them, by its own clock, and as the API takes them. */

/** Give the moment of a `datetime-local` field, such as `2026-11-29T10:00`; empty when it is none. */
export function toInstant(local: string): string {
  const moment = new Date(local);
  return local && !Number.isNaN(moment.getTime()) ? moment.toISOString() : "";
}

/** Give the value of a `datetime-local` field for a moment; without seconds where there are none. */
export function toLocal(instant: string): string {
  const moment = new Date(instant);
  if (Number.isNaN(moment.getTime())) return "";
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().replace(/(:00)?\.000Z$|Z$/, "");
}
