import { useId } from "react";
import { useCaller } from "../../caller/caller";
import { Button } from "../../ui/button";
import { CheckField } from "../../ui/field";
import ui from "../../ui/ui.module.css";
import styles from "./keys.module.css";
import { lacking, PRESETS, SCOPES, sameScopes } from "./scopes";

interface ScopesFieldProps {
  scopes: readonly string[];
  fault?: string;
  onChange: (scopes: readonly string[]) => void;
}

/** What a key may do: of what the caller's key may do, since no key gives more than it holds. */
export function ScopesField({ scopes, fault, onChange }: ScopesFieldProps) {
  const id = useId();
  const held = useCaller().caller?.key?.scopes ?? [];
  const set = (scope: string, isOn: boolean) =>
    onChange(isOn ? [...scopes, scope] : scopes.filter((other) => other !== scope));
  return (
    <fieldset className={styles.fieldset} aria-describedby={fault && `${id}-fault`}>
      <legend className={ui.label}>Scopes</legend>
      <div className={ui.row}>
        {[...PRESETS, { name: "All that yours holds", scopes: held }].map((preset) => (
          <Button
            key={preset.name}
            small
            aria-pressed={sameScopes(preset.scopes, scopes)}
            className={styles.preset}
            disabled={lacking(preset.scopes, held).length > 0}
            onClick={() => onChange(preset.scopes)}
          >
            {preset.name}
          </Button>
        ))}
      </div>
      <div className={styles.choices}>
        {SCOPES.map(([scope, allows]) => (
          <CheckField
            key={scope}
            label={<code>{scope}</code>}
            hint={held.includes(scope) ? allows : `${allows} Your key lacks it.`}
            checked={scopes.includes(scope)}
            disabled={!held.includes(scope)}
            onChange={(event) => set(scope, event.target.checked)}
          />
        ))}
      </div>
      {fault && (
        <p className={ui.fault} id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </fieldset>
  );
}
