import { Columns2, FlaskConical } from "lucide-react";
import { useCallback, useState } from "react";
import { useSearchParams } from "react-router";
import { type Listed, usePrompts } from "../../api/prompts";
import { useCan } from "../../caller/caller";
import { ScopeNote } from "../../caller/scope-note";
import { Outcome } from "../../runs/outcome";
import { useAgain } from "../../runs/use-again";
import { Button, LinkButton } from "../../ui/button";
import { classes } from "../../ui/classes";
import { isolate } from "../../ui/isolate";
import { Empty } from "../../ui/notes";
import { Async, Card, Page } from "../../ui/page";
import { useShortcut } from "../../ui/shortcut";
import { useKept } from "../../ui/use-kept";
import { EMPTY, type Form, findUnreadable, toSpec } from "./form";
import { InputsCard } from "./inputs-card";
import { nodeNames } from "./node-names";
import styles from "./playground.module.css";
import { TargetCard } from "./target-card";
import { readTargets, type Targets, writeTargets } from "./targets";
import { type Side, useSides } from "./use-sides";

export default function PlaygroundPage() {
  const [params, setParams] = useSearchParams();
  const canRead = useCan()("prompts:read");
  const prompts = usePrompts(canRead);
  const targets = readTargets(params);
  const [first, second] = targets;
  const choose = (next: Targets) => setParams(writeTargets(next), { replace: true });
  return (
    <Page
      title="Playground"
      about="Run a version with values of your own, or two beside each other."
      actions={
        <Button onClick={() => choose(second ? [first] : [first, first])}>
          <Columns2 size={16} aria-hidden="true" />
          {second ? "Back to one" : "Compare"}
        </Button>
      }
    >
      {canRead ? (
        <Async query={prompts} what="Loading the prompts">
          {(all) => (all.length ? <Playground prompts={all} targets={targets} onChoose={choose} /> : <NoPrompts />)}
        </Async>
      ) : (
        <ScopeNote scope="prompts:read">To choose what to run</ScopeNote>
      )}
    </Page>
  );
}

function NoPrompts() {
  return (
    <Card>
      <Empty icon={<FlaskConical size={28} aria-hidden="true" />} title="Nothing to run yet">
        <p>Here you run versions of prompts with values of your own, and compare what they give.</p>
        <LinkButton kind="primary" to="/prompts">
          Make the first prompt
        </LinkButton>
      </Empty>
    </Card>
  );
}

interface PlaygroundProps {
  prompts: readonly Listed[];
  targets: Targets;
  onChoose: (targets: Targets) => void;
}

function Playground({ prompts, targets, onChoose }: PlaygroundProps) {
  const [form, setForm] = useKept<Form>("playground", EMPTY);
  const [sent, setSent] = useState(form.inputs);
  const sides = useSides(targets, form);
  const hindrance = useHindrance(sides, form);
  const isRunning = sides.some(({ running }) => running.isRunning);
  useAgain(
    useCallback(
      ({ inputs, endUserId, metadata }) => {
        const { images, overrides } = EMPTY;
        setForm({ inputs, endUserId, metadata, images, overrides });
        setSent(inputs);
      },
      [setForm],
    ),
  );
  const change = (part: Partial<Form>) => setForm((last) => ({ ...last, ...part }));
  const run = () => {
    if (hindrance !== undefined || isRunning) return;
    setSent(form.inputs);
    for (const { target, running, override } of sides) {
      if (target.found) running.start(toSpec(target.found, form, override));
    }
  };
  useShortcut("Enter", run);
  return (
    <div className={classes(styles.bench, sides.length > 1 && styles.two)}>
      {sides.map((side, index) => (
        <TargetCard
          key={side.name}
          side={side}
          prompts={prompts}
          form={form}
          onChoose={(next) => onChoose(withItem(targets, index, next))}
          onOverride={(next) => change({ overrides: withItem(form.overrides, index, next) })}
        />
      ))}
      <div className={styles.inputs}>
        <InputsCard
          found={sides.flatMap(({ target }) => target.found ?? [])}
          form={form}
          sent={sent}
          errors={sides.map(({ running }) => running.error)}
          isRunning={isRunning}
          hindrance={hindrance}
          onChange={change}
          onRun={run}
          onStop={() => {
            for (const { running } of sides) running.stop();
          }}
        />
      </div>
      {sides.map(({ name, running, target }) => (
        <div key={name} className={styles.outcome}>
          {sides.length > 1 && <h2>{[name, isolate(target.prompt?.name ?? "")].filter(Boolean).join(": ")}</h2>}
          <Outcome
            running={running}
            of={sides.length > 1 ? name : undefined}
            names={target.found && nodeNames(target.found.version)}
          />
        </div>
      ))}
    </div>
  );
}

/** Give why the sides cannot be run; undefined: they can. */
function useHindrance(sides: readonly Side[], form: Form): string | undefined {
  const can = useCan();
  const found = sides.flatMap(({ target }) => target.found ?? []);
  if (!can("runs:write")) return "Your key lacks the scope runs:write.";
  if (found.length < sides.length) return "Choose what to run first.";
  const unreadable = findUnreadable(form, found);
  return unreadable && `Mend ${unreadable} first.`;
}

/** Give a list of one or two with one item replaced. */
function withItem<T extends readonly unknown[]>(list: T, index: number, item: T[number]): T {
  return list.map((each, at) => (at === index ? item : each)) as unknown as T;
}
