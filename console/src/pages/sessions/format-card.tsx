import { FORMAT_NAMES } from "../../prompts/format-names";
import { SelectField } from "../../ui/field";
import { parseObject } from "../../ui/json";
import { JsonField } from "../../ui/json-field";
import { Card } from "../../ui/page";
import type { FormatType } from "./draft";
import type { EditorProps } from "./editor-props";

const ABOUT: Record<FormatType, string> = {
  TYPE_TEXT: "The text as the model gives it.",
  TYPE_LIST: "A list of texts: the items of the text's bullets or numbers, or else its lines.",
  TYPE_JSON: "A JSON value. With a schema it must hold to that.",
  TYPE_IMAGE: "An image, that the model makes of the texts of all messages.",
};

export function FormatCard({ draft, change, faultOf }: EditorProps) {
  return (
    <Card title="Output">
      <SelectField
        label="Format"
        value={draft.format}
        hint={ABOUT[draft.format]}
        fault={faultOf("outputFormat", "type")}
        onChange={(event) => change({ format: event.target.value as FormatType })}
      >
        {(Object.keys(ABOUT) as FormatType[]).map((type) => (
          <option key={type} value={type}>
            {FORMAT_NAMES[type]}
          </option>
        ))}
      </SelectField>
      {draft.format === "TYPE_JSON" && (
        <JsonField
          label="JSON Schema"
          value={draft.schema}
          parse={parseObject}
          fault={faultOf("outputFormat", "schema")}
          placeholder={'{"type": "object", "properties": {…}}'}
          hint="Draft 2020-12, without references to other documents. Empty: any JSON value."
          onChange={(schema) => change({ schema })}
        />
      )}
    </Card>
  );
}
