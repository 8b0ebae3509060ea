/** Give a list with the item at an index moved by a step; as it is where there is no room. */
export function moved<T>(list: readonly T[], index: number, step: 1 | -1): T[] {
  const next = [...list];
  const to = index + step;
  const [item] = next.splice(index, 1);
  if (item === undefined || to < 0 || to >= list.length) return [...list];
  next.splice(to, 0, item);
  return next;
}

/** Give a list of which the item with the same key is replaced. */
export function replaced<T extends { key: number }>(list: readonly T[], item: T): T[] {
  return list.map((each) => (each.key === item.key ? item : each));
}

/** Give a list without the item of a key. */
export function without<T extends { key: number }>(list: readonly T[], key: number): T[] {
  return list.filter((each) => each.key !== key);
}
