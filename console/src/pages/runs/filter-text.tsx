import type { ComponentProps } from "react";
import { TextField } from "../../ui/field";
import { useDraft } from "./use-draft";

type FilterTextProps = Omit<ComponentProps<typeof TextField>, "value" | "onChange"> & {
  value: string;
  onChange: (value: string) => void;
};

/** A field of a filter: it narrows the list when its writer pauses. */
export function FilterText({ value, onChange, ...rest }: FilterTextProps) {
  const [draft, setDraft] = useDraft(value, onChange);
  return <TextField {...rest} autoComplete="off" value={draft} onChange={(event) => setDraft(event.target.value)} />;
}
