/** The name of a column; with the class of its cells, where they have one. */
export type Column = string | readonly [string, string | undefined];

interface TableHeadProps {
  of: readonly Column[];
  /** Whether a last column holds buttons. */
  withActions?: boolean;
}

/** The names of a table's columns. */
export function TableHead({ of, withActions }: TableHeadProps) {
  return (
    <thead>
      <tr>
        {of.map((column) => {
          const [name, className] = typeof column === "string" ? [column] : column;
          return (
            <th key={name} scope="col" className={className}>
              {name}
            </th>
          );
        })}
        {withActions && (
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        )}
      </tr>
    </thead>
  );
}
