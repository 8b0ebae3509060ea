import { X } from "lucide-react";
import { Button } from "../../ui/button";
import { exact } from "../../ui/format";
import { reasonWords } from "./error-reasons";
import type { FilterProps } from "./filter-bar";
import { type Filters, isFiltered, NO_FILTERS } from "./filters";
import styles from "./filters.module.css";
import { usePromptNames } from "./use-prompt-names";

/** What is set beside the states, each to be taken away, and all at once. */
export function FilterChips({ filters, onChange }: FilterProps) {
  const { find } = usePromptNames();
  if (!isFiltered(filters)) return null;
  return (
    <div className={styles.chips}>
      {chips(filters, (prompt) => find(prompt)?.name ?? prompt).map(([name, value, change]) => (
        <button
          key={name}
          type="button"
          className={styles.chip}
          aria-label={`Take away the filter ${name}: ${value}`}
          onClick={() => onChange(change)}
        >
          <span>
            <bdi>{name}</bdi>: <b>{value}</b>
          </span>
          <X size={13} aria-hidden="true" />
        </button>
      ))}
      <Button small kind="quiet" onClick={() => onChange(NO_FILTERS)}>
        Clear all
      </Button>
    </div>
  );
}

type Chip = [name: string, value: string, without: Partial<Filters>];

function chips(filters: Filters, promptName: (prompt: string) => string): Chip[] {
  const { text, prompt, endUser, model, reason, stars, metadata, from, to } = filters;
  const all: Chip[] = [
    ["Text", text, { text: "" }],
    ["Prompt", prompt && promptName(prompt), { prompt: "" }],
    ["Model", model, { model: "" }],
    ["End user", endUser, { endUser: "" }],
    ["Error", reason && reasonWords(reason), { reason: "" }],
    ["Stars", stars.join(" or "), { stars: [] }],
    ["From", from && exact(from), { from: "" }],
    ["Before", to && exact(to), { to: "" }],
    ...Object.entries(metadata).map(([name, value]): Chip => {
      const { [name]: _, ...others } = metadata;
      return [`Metadata ${name}`, value || "empty", { metadata: others }];
    }),
  ];
  return all.filter(([, value]) => value !== "");
}
