import { useModels } from "../../api/models";
import { ModelField } from "../../runs/model-field";
import { ParametersForm } from "../../runs/parameters-form";
import { TextField } from "../../ui/field";
import { Card } from "../../ui/page";
import ui from "../../ui/ui.module.css";
import type { EditorProps } from "./editor-props";

export function ModelCard({ draft, change, faultOf }: EditorProps) {
  const models = useModels();
  const asked = models.find(({ name, isDefault }) => (draft.model ? name === draft.model : isDefault));
  return (
    <Card title="Model">
      <div className={ui.pair}>
        <ModelField
          value={draft.model}
          kind={draft.format === "TYPE_IMAGE" ? "KIND_IMAGE" : "KIND_TEXT"}
          unset={draft.format === "TYPE_IMAGE" ? "The server's image model" : undefined}
          fault={faultOf("model")}
          onChange={(model) => change({ model })}
        />
        <TextField
          label="Provider"
          mono
          spellCheck={false}
          placeholder="Chosen by the model"
          value={draft.provider}
          fault={faultOf("provider")}
          onChange={(event) => change({ provider: event.target.value })}
        />
      </div>
      <ParametersForm
        value={draft.parameters}
        choices={asked?.choices}
        faultOf={(name) => (name ? faultOf("parameters", name) : faultOf("parameters"))}
        onChange={(parameters) => change({ parameters })}
      />
    </Card>
  );
}
