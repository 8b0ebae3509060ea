export interface Choice {
  value: string;
  name: string;
  /** More about it, in small letters. */
  detail?: string;
}

const MAX_SHOWN = 100;

/** Give the choices that have every word of a text, as far as they can be shown, and how many are left out. */
export function matching(choices: readonly Choice[], text: string): { shown: Choice[]; left: number } {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = choices.filter(({ value, name, detail = "" }) => {
    const all = `${name} ${detail} ${value}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  return { shown: found.slice(0, MAX_SHOWN), left: Math.max(0, found.length - MAX_SHOWN) };
}
