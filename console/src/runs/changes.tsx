import type { NodeRun } from "../api/client";
import { Note } from "../ui/notes";
import { changesOf, replacedModel } from "./adjustments";

type Adjustments = NodeRun["adjustments"];

/** Which settings went to the model otherwise than they were given; of the model itself `ModelName` tells. */
export function Changes({ adjustments }: { adjustments: Adjustments }) {
  const changes = changesOf(adjustments);
  if (changes.length === 0) return null;
  return (
    <Note kind="wait">
      <strong>Changed for this model</strong>
      <ul>
        {changes.map((change) => (
          <li key={change}>{change}</li>
        ))}
      </ul>
    </Note>
  );
}

/** The model that a node asked, and the one that was named where it stands in for that. */
export function ModelName({ of: { provider, model, adjustments } }: { of: NodeRun }) {
  const replaced = replacedModel(adjustments);
  return (
    <>
      <bdi>{`${provider}/${model}`}</bdi>
      {replaced !== undefined && " in place of "}
      {replaced !== undefined && <bdi>{replaced}</bdi>}
    </>
  );
}
