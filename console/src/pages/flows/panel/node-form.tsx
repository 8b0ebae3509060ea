import { ModelField } from "../../../runs/model-field";
import { TextArea, TextField } from "../../../ui/field";
import { isolate } from "../../../ui/isolate";
import { isObject } from "../../../ui/json";
import ui from "../../../ui/ui.module.css";
import type { Change } from "../canvas/use-elements";
import styles from "../flow.module.css";
import { type Graph, type GraphNode, toText } from "../graph/document";
import { setMember } from "../graph/edits";
import { storedValue } from "../graph/names";
import type { Remark } from "../graph/places";
import { ParametersPart } from "./parameters-part";
import { PromptPart } from "./prompt-part";

interface NodeFormProps {
  graph: Graph;
  node: GraphNode;
  remarks: readonly Remark[];
  change: Change;
}

export interface FormPart extends NodeFormProps {
  /** Set a member of the node's data; undefined takes it away. */
  set: (path: readonly string[], value: unknown) => void;
  /** What the server said of a member of the data. */
  faultOf: (member: string) => string | undefined;
}

/** Fields for what a node says. What they do not name stays as it is. */
export function NodeForm(props: NodeFormProps) {
  const { node, remarks, change } = props;
  const { id, index } = node;
  const set: FormPart["set"] = (path, value) => {
    change((before) => setMember(before, index, ["data", ...path], value), `set ${id} ${path.join(".")}`);
  };
  const faultOf: FormPart["faultOf"] = (member) => {
    return remarks.find((remark) => remark.isFault && remark.member === `data.${member}`)?.text;
  };
  const part = { ...props, set, faultOf };
  return <div className={styles.fields}>{PARTS[node.kind](part)}</div>;
}

const PARTS = {
  variable: (part: FormPart) => <VariablePart {...part} />,
  action: (part: FormPart) => <ModelPart {...part} />,
  image: (part: FormPart) => <ModelPart {...part} />,
  output: (part: FormPart) => <NamePart {...part} hint="What the output is called in the answer of a run." />,
  other: () => <p className={ui.hint}>Nodes of this type are kept as they are, and do not run.</p>,
};

function VariablePart({ node, set, faultOf }: FormPart) {
  return (
    <>
      <TextField
        label="Label"
        hint={`Runs give its value by this name, and prompts have it as {${isolate(node.name) || "label"}}.`}
        maxLength={64}
        value={node.name}
        fault={faultOf("variable.label")}
        onChange={(event) => set(["variable", "label"], event.target.value)}
      />
      <TextArea
        label="Stored value"
        hint="Stands in when a run gives none. Empty: a run must give one."
        rows={2}
        value={storedValue(node)}
        onChange={(event) => set(["variable", "value"], event.target.value)}
      />
    </>
  );
}

function NamePart({ node, set, faultOf, hint }: FormPart & { hint: string }) {
  return (
    <TextField
      label="Name"
      hint={hint}
      maxLength={255}
      value={node.name}
      fault={faultOf("name")}
      onChange={(event) => set(["name"], event.target.value)}
    />
  );
}

function ModelPart(part: FormPart) {
  const { node, set, faultOf } = part;
  const isImage = node.kind === "image";
  const params = node.data.modelParams;
  return (
    <>
      <NamePart
        {...part}
        hint={isImage ? "What it is called here." : `Later prompts have its text as {${isolate(node.name) || "name"}}.`}
      />
      <PromptPart {...part} />
      <ModelField
        kind={isImage ? "KIND_IMAGE" : "KIND_TEXT"}
        unset={isImage ? "The server's default" : undefined}
        value={isObject(params) ? toText(params.model) : ""}
        fault={faultOf("modelParams.model")}
        onChange={(model) => set(["modelParams", "model"], model || undefined)}
      />
      <ParametersPart {...part} />
    </>
  );
}
