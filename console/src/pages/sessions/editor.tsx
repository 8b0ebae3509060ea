import type { EditorProps } from "./editor-props";
import { FormatCard } from "./format-card";
import { ImagesCard } from "./images-card";
import { MessagesCard } from "./messages-card";
import { ModelCard } from "./model-card";
import styles from "./session.module.css";
import { VariablesCard } from "./variables-card";

/** All that the next version will say. */
export function Editor({ isReadOnly, ...props }: EditorProps & { isReadOnly: boolean }) {
  return (
    <fieldset className={styles.editor} disabled={isReadOnly} aria-label="Draft">
      <MessagesCard {...props} />
      <VariablesCard {...props} />
      <ModelCard {...props} />
      <FormatCard {...props} />
      <ImagesCard {...props} />
    </fieldset>
  );
}
