/** Give a member that an object has itself. Names that people choose may be those of others, such as `constructor`. */
export function own<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
