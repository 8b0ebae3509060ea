import { useState } from "react";
import { useModels } from "../../../api/models";
import { ParametersForm } from "../../../runs/parameters-form";
import { isObject, type JsonObject, parseObject, printObject } from "../../../ui/json";
import { toText } from "../graph/document";
import type { FormPart } from "./node-form";

/** The settings for a node's model. What cannot be read is kept here alone until it is mended. */
export function ParametersPart({ node, set, faultOf }: FormPart) {
  const { model, ...parameters }: JsonObject = isObject(node.data.modelParams) ? node.data.modelParams : {};
  const [typed, setTyped] = useState(() => printObject(parameters));
  const read = parseObject(typed).value;
  // Something else changed them, such as an undo.
  const isOld = read !== undefined && JSON.stringify(read) !== JSON.stringify(parameters);
  const name = toText(model);
  const known = useModels().find((it) => (name ? it.name === name : it.isDefault && node.kind === "action"));
  return (
    <ParametersForm
      value={isOld ? printObject(parameters) : typed}
      choices={known?.choices}
      faultOf={(parameter) => faultOf(parameter ? `modelParams.${parameter}` : "modelParams")}
      onChange={(text) => {
        setTyped(text);
        const { value } = parseObject(text);
        if (value) set(["modelParams"], { ...(model !== undefined && { model }), ...value });
      }}
    />
  );
}
