import { SelectField } from "../../ui/field";
import { parseObject } from "../../ui/json";
import { JsonField } from "../../ui/json-field";
import { Card } from "../../ui/page";
import type { FormatType } from "./draft";
import type { EditorProps } from "./editor-props";

const FORMATS: Record<FormatType, [name: string, about: string]> = {
  TYPE_TEXT: ["Text", "The text as the model gives it."],
  TYPE_LIST: ["List", "A list of texts: the items of the text's bullets or numbers, or else its lines."],
  TYPE_JSON: ["JSON", "A JSON value. With a schema it must hold to that."],
  TYPE_IMAGE: ["Image", "An image, that the model makes of the texts of all messages."],
};

export function FormatCard({ draft, change, faultOf }: EditorProps) {
  return (
    <Card title="Output">
      <SelectField
        label="Format"
        value={draft.format}
        hint={FORMATS[draft.format][1]}
        fault={faultOf("outputFormat", "type")}
        onChange={(event) => change({ format: event.target.value as FormatType })}
      >
        {Object.entries(FORMATS).map(([type, [name]]) => (
          <option key={type} value={type}>
            {name}
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
