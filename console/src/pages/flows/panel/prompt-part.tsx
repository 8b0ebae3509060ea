import { usePrompts } from "../../../api/prompts";
import { Combobox } from "../../../ui/combobox";
import { TextArea, TextField } from "../../../ui/field";
import { isolate } from "../../../ui/isolate";
import { Note } from "../../../ui/notes";
import styles from "../flow.module.css";
import { toText } from "../graph/document";
import { listNames, listUnled } from "../graph/names";
import type { FormPart } from "./node-form";

/** What an action or an image asks: a text of its own, or, for an action, a stored prompt. */
export function PromptPart(part: FormPart) {
  const { node, set, faultOf } = part;
  const promptId = toText(node.data.promptId);
  return (
    <>
      {!promptId && <PromptText {...part} />}
      {node.kind === "action" && <StoredPrompt {...part} />}
      {promptId && (
        <TextField
          label="Label of the stored prompt"
          hint="Which version to take. Empty: the latest."
          maxLength={255}
          value={toText(node.data.promptLabel)}
          fault={faultOf("promptLabel")}
          onChange={(event) => set(["promptLabel"], event.target.value || undefined)}
        />
      )}
    </>
  );
}

function PromptText({ graph, node, set, faultOf }: FormPart) {
  const prompt = toText(node.data.prompt);
  const names = listNames(graph, node.id);
  const unled = listUnled(graph, node.id, prompt);
  return (
    <>
      <TextArea
        label="Prompt"
        mono
        rows={6}
        value={prompt}
        fault={faultOf("prompt")}
        hint={
          names.length
            ? `It can name ${list(names)}.`
            : "It can name what leads to it: connect a variable or an action."
        }
        onChange={(event) => set(["prompt"], event.target.value)}
      />
      {unled.length > 0 && (
        <Note kind="wait">
          <p>{list(unled)} stays as text: nothing of that name leads here.</p>
        </Note>
      )}
    </>
  );
}

function list(names: readonly string[]): string {
  return names.map((name) => `{${isolate(name)}}`).join(", ");
}

function StoredPrompt({ node, set, faultOf }: FormPart) {
  const prompts = usePrompts().data ?? [];
  const choices = prompts
    .filter(({ isFlow }) => !isFlow)
    .map(({ id, alias, name }) => ({ value: alias || id, name: alias || id, detail: name }));
  return (
    <div className={styles.field}>
      <Combobox
        free
        mono
        label="Stored prompt in its place"
        placeholder="None"
        choices={choices}
        value={toText(node.data.promptId)}
        fault={faultOf("promptId")}
        onChoose={(id) => set(["promptId"], id || undefined)}
      />
    </div>
  );
}
