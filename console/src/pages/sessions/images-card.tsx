import { ImagePlus, X } from "lucide-react";
import { Button, IconButton } from "../../ui/button";
import { TextField } from "../../ui/field";
import { Card } from "../../ui/page";
import ui from "../../ui/ui.module.css";
import { newKey } from "./draft";
import type { EditorProps } from "./editor-props";
import { replaced, without } from "./lists";
import styles from "./session.module.css";

const MOST = 16;

/** The images that each run sends along. */
export function ImagesCard({ draft, change, faultOf }: EditorProps) {
  const { images } = draft;
  return (
    <Card title="Images" flush>
      {images.length > 0 && (
        <ul className={styles.images}>
          {images.map((image, index) => (
            <li key={image.key} className={styles.image}>
              <TextField
                label={`Image ${index + 1}: what to show`}
                value={image.description}
                fault={faultOf("images", image.key)}
                onChange={(event) =>
                  change({ images: replaced(images, { ...image, description: event.target.value }) })
                }
              />
              <IconButton
                label={`Remove image ${index + 1}`}
                kind="quiet"
                onClick={() => change({ images: without(images, image.key) })}
              >
                <X size={15} />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {images.length > 0 && draft.format === "TYPE_IMAGE" && (
        <p className={styles.clash}>An image is made of texts alone: remove these, or choose another format.</p>
      )}
      <div className={styles.foot}>
        <Button
          small
          disabled={images.length >= MOST}
          onClick={() => change({ images: [...images, { key: newKey(), description: "" }] })}
        >
          <ImagePlus size={15} aria-hidden="true" />
          Add an image
        </Button>
        {images.length === 0 && <span className={ui.hint}>Images that each run sends along with its texts.</span>}
      </div>
    </Card>
  );
}
