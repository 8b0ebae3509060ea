import { Play, Square } from "lucide-react";
import { useState } from "react";
import { faultAt } from "../../api/fault-at";
import { givenInputs, strictVariables } from "../../runs/given";
import { type ChosenImage, givenImages, ImageInputs } from "../../runs/image-inputs";
import { inputFaults } from "../../runs/input-faults";
import { InputsForm } from "../../runs/inputs-form";
import { Outcome } from "../../runs/outcome";
import { useRun } from "../../runs/use-run";
import { useCan } from "../../session/session";
import { Button } from "../../ui/button";
import { Card } from "../../ui/page";
import { shortcutName, useShortcut } from "../../ui/shortcut";
import { completed, type Draft } from "./draft";
import styles from "./session.module.css";

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
  const can = useCan();
  const [sent, setSent] = useState(draft.inputs);
  const [images, setImages] = useState<(ChosenImage | undefined)[]>([]);
  const declared = completed(draft);
  const variables = isStrict ? strictVariables(declared) : declared;
  const names = variables.map(({ name }) => name);
  const { error, isRunning } = running;
  const run = async () => {
    if (isRunning || isSaving || !can("runs:write") || !(await save())) return;
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
        <div className={styles.run}>
          <Button kind="primary" busy={isRunning || isSaving} disabled={!can("runs:write")} onClick={run}>
            {!isRunning && !isSaving && <Play size={15} aria-hidden="true" />}
            {isRunning ? "Running" : "Run"}
          </Button>
          {isRunning && (
            <Button onClick={running.stop}>
              <Square size={14} aria-hidden="true" />
              Stop
            </Button>
          )}
          <span className={styles.soft}>
            {can("runs:write") ? `${shortcutName("Enter")}, saves first` : "Your key lacks the scope runs:write."}
          </span>
        </div>
      </Card>
      <Outcome running={running} />
    </>
  );
}
