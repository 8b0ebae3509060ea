import { useState } from "react";
import { faultAt } from "../../api/fault-at";
import { useWhyNot } from "../../caller/why-not";
import { givenInputs, strictVariables } from "../../runs/given";
import { type ChosenImage, givenImages, ImageInputs } from "../../runs/image-inputs";
import { inputFaults } from "../../runs/input-faults";
import { InputsForm } from "../../runs/inputs-form";
import { Outcome } from "../../runs/outcome";
import { RunButtons } from "../../runs/run-buttons";
import { useRun } from "../../runs/use-run";
import { Card } from "../../ui/page";
import { shortcutName, useShortcut } from "../../ui/shortcut";
import { completed, type Draft } from "./draft";

interface TryItProps {
  sessionId: string;
  draft: Draft;
  /** Whether every variable must be given a value. */
  isStrict: boolean;
  change: (part: Partial<Draft>) => void;
  /** Has the server run what is seen here; says whether it can. */
  save: () => Promise<boolean>;
  isSaving: boolean;
}

/** Runs the draft with values for its variables. */
export function TryIt({ sessionId, draft, isStrict, change, save, isSaving }: TryItProps) {
  const running = useRun();
  const hindrance = useWhyNot("runs:write");
  const [sent, setSent] = useState(draft.inputs);
  const [images, setImages] = useState<(ChosenImage | undefined)[]>([]);
  const declared = completed(draft);
  const variables = isStrict ? strictVariables(declared) : declared;
  const names = variables.map(({ name }) => name);
  const { error, isRunning } = running;
  const run = async () => {
    if (isRunning || isSaving || hindrance !== undefined || !(await save())) return;
    const inputs = givenInputs(variables, draft.inputs);
    setSent(draft.inputs);
    running.start({ sessionId, inputs, images: givenImages(images, draft.images.length) });
  };
  useShortcut("Enter", run);
  return (
    <>
      <Card title="Try it">
        <InputsForm
          variables={variables}
          inputs={draft.inputs}
          faults={inputFaults([error], names, draft.inputs, sent)}
          onChange={(inputs) => change({ inputs })}
        />
        <ImageInputs
          descriptions={draft.images.map(({ description }) => description)}
          chosen={images}
          onChange={setImages}
          faultOf={(index) => faultAt(error, "images", ...(index === undefined ? [] : [index]))}
        />
        <RunButtons
          isRunning={isRunning}
          isPreparing={isSaving}
          hindrance={hindrance}
          hint={`${shortcutName("Enter")}, saves first`}
          onRun={run}
          onStop={running.stop}
        />
      </Card>
      <Outcome running={running} />
    </>
  );
}
