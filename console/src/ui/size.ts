const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Give a number of bytes in words: `820 B`, `3.4 MB`. */
export function size(bytes: number | string): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, Number(bytes))) / 3));
  return `${(Number(bytes) / 1000 ** power).toFixed(power ? 1 : 0)} ${UNITS[power]}`;
}
