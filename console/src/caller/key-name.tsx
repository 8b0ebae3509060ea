import { useKeys } from "../api/keys";

/** A key by its id, with its name where the caller may know that. */
export function KeyName({ id }: { id: string }) {
  const name = useKeys().find((key) => key.id === id)?.displayName;
  return (
    <>
      {name && <bdi>{name}</bdi>} <code>{id}</code>
    </>
  );
}
