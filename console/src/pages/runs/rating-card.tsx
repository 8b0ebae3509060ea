import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Star } from "lucide-react";
import { useState } from "react";
import { api, type Run, take } from "../../api/client";
import { useCan } from "../../caller/caller";
import { Button } from "../../ui/button";
import { classes } from "../../ui/classes";
import { TextArea } from "../../ui/field";
import { counted } from "../../ui/format";
import { ProblemNote } from "../../ui/notes";
import { Card } from "../../ui/page";
import { Time } from "../../ui/time";
import { STARS } from "./filters";
import styles from "./run.module.css";

/** What somebody thinks of a run: stars at a press, and a comment to them. */
export function RatingCard({ run }: { run: Run }) {
  const can = useCan()("runs:write");
  const rating = useRate(run);
  const { stars = 0, comment = "", rateTime } = run.rating ?? {};
  return (
    <Card
      title="Rating"
      actions={
        stars > 0 &&
        can && (
          <Button small kind="quiet" busy={rating.isPending} onClick={() => rating.mutate({ stars: 0, comment: "" })}>
            Clear
          </Button>
        )
      }
    >
      <fieldset className={styles.rating} disabled={!can}>
        <legend className="visually-hidden">Stars</legend>
        {STARS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === stars}
            aria-label={counted(each, "star")}
            className={classes(styles.star, each <= stars && styles.lit)}
            onClick={() => rating.mutate({ stars: each, comment })}
          >
            <Star size={22} fill={each <= stars ? "currentColor" : "none"} aria-hidden="true" />
          </button>
        ))}
        <span className={styles.rated}>{rateTime ? <Time at={rateTime} /> : can && "Not rated"}</span>
      </fieldset>
      {stars > 0 && (
        <Comment key={comment} comment={comment} onSave={(text) => rating.mutate({ stars, comment: text })} />
      )}
      {!can && <p className={styles.soft}>To rate it takes the scope runs:write.</p>}
      {rating.error && <ProblemNote error={rating.error} />}
    </Card>
  );
}

function Comment({ comment, onSave }: { comment: string; onSave: (comment: string) => void }) {
  const can = useCan()("runs:write");
  const [text, setText] = useState(comment);
  return (
    <form
      className={styles.part}
      onSubmit={(event) => {
        event.preventDefault();
        onSave(text);
      }}
    >
      <TextArea
        label="Comment"
        rows={3}
        maxLength={10_000}
        placeholder={can ? "Why? It helps whoever reads it later." : "None"}
        disabled={!can}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {text !== comment && (
        <div>
          <Button small type="submit" kind="primary">
            Save the comment
          </Button>
        </div>
      )}
    </form>
  );
}

function useRate({ id, promptId, versionId }: Run) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { stars: number; comment: string }) =>
      take(api.PUT("/api/runs/{id}/rating", { params: { path: { id } }, body })),
    onSuccess: async ({ run: rated }) => {
      // The answer holds the run as lists have it, so that only its rating is taken.
      queries.setQueryData<Run>(["run", id], (known) => known && { ...known, rating: rated?.rating });
      const changed = [["runs"], ["versions", promptId], ["version", versionId]];
      await Promise.all(changed.map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
}
