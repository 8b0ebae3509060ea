import type { ProblemError } from "../../api/client";
import { faultAt } from "../../api/fault-at";
import { useModels } from "../../api/models";
import { ModelField } from "../../runs/model-field";
import { ParametersForm } from "../../runs/parameters-form";
import type { Found, Override } from "./form";
import styles from "./playground.module.css";

interface OverrideFieldsProps {
  found: Found;
  override: Override;
  error?: ProblemError | Error;
  onChange: (override: Override) => void;
}

/** Another model and other parameters for this run, in place of those of the version. */
export function OverrideFields({ found, override, error, onChange }: OverrideFieldsProps) {
  const { version } = found;
  const models = useModels();
  const name = override.model || version.model;
  const asked = models.find((model) => (name ? model.name === name : model.isDefault));
  const changes = [override.model && "model", override.parameters.trim() && "parameters"].filter(Boolean);
  return (
    <details className={styles.more}>
      <summary>
        Another model or parameters
        {changes.length > 0 && <span> ({changes.join(" and ")} changed)</span>}
      </summary>
      <div className={styles.fields}>
        <ModelField
          label="Model for this run"
          value={override.model}
          unset={version.model ? `The version's: ${version.model}` : undefined}
          fault={faultAt(error, "model")}
          onChange={(model) => onChange({ ...override, model })}
        />
        <ParametersForm
          value={override.parameters}
          standing={version.parameters}
          choices={asked?.choices}
          faultOf={(parameter) => (parameter ? faultAt(error, "parameters", parameter) : faultAt(error, "parameters"))}
          onChange={(parameters) => onChange({ ...override, parameters })}
        />
      </div>
    </details>
  );
}
