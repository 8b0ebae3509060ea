import type { Model } from "../api/client";
import { useModels } from "../api/models";
import { Combobox } from "../ui/combobox";
import type { Choice } from "../ui/matching";

interface ModelFieldProps {
  label?: string;
  value: string;
  onChange: (model: string) => void;
  /** What is asked when nothing is named here. */
  unset?: string;
  /** The kind to propose; both where it is not given. */
  kind?: Model["kind"];
  fault?: string;
}

/** A field for the name of a model, which proposes those that the server knows. */
export function ModelField({ label = "Model", value, onChange, unset, kind, fault }: ModelFieldProps) {
  const models = useModels();
  const standard = models.find((model) => model.isDefault);
  const fits = models.filter((model) => !kind || model.kind === kind || model.kind === "KIND_UNSPECIFIED");
  return (
    <Combobox
      free
      mono
      label={label}
      value={value}
      onChoose={onChange}
      choices={fits.map(toChoice)}
      placeholder={unset ?? (standard ? `Default: ${standard.name}` : "The server's default")}
      fault={fault}
    />
  );
}

function toChoice({ name, provider, kind, isDefault }: Model): Choice {
  const detail = [provider, kind === "KIND_IMAGE" && "images", isDefault && "default"].filter(Boolean).join(" · ");
  return { value: name, name, detail };
}
