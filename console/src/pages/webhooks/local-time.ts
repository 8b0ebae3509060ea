/** Times as fields of the kind `datetime-local` have them: by the clock of the browser, without a zone. */

/** Give the moment that a field means; undefined when it is empty or no time. */
export function toMoment(local: string): string | undefined {
  const at = new Date(local);
  return local && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

/** Give what a field shows for a moment, down to its minute. */
export function toLocal(moment: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}
