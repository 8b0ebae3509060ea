import { Paperclip, X } from "lucide-react";
import { type ChangeEvent, useId, useState } from "react";
import type { RunSpec } from "../api/client";
import { Button, IconButton } from "../ui/button";
import { isolate } from "../ui/isolate";
import ui from "../ui/ui.module.css";
import styles from "./image-inputs.module.css";

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const MAX_BYTES = 10 * 1024 * 1024;

/** An image that a run sends along: a file that was chosen, in base64. */
export interface ChosenImage {
  name: string;
  data: string;
}

interface ImageInputsProps {
  /** What to show, as the version says it, one for each image. */
  descriptions: readonly string[];
  chosen: readonly (ChosenImage | undefined)[];
  onChange: (chosen: (ChosenImage | undefined)[]) => void;
  /** Tells what the server said of an image; of all of them without an index. */
  faultOf?: (index?: number) => string | undefined;
}

/** A field for each image that a run needs. */
export function ImageInputs({ descriptions, chosen, onChange, faultOf }: ImageInputsProps) {
  return descriptions.map((description, index) => (
    <ImageField
      // biome-ignore lint/suspicious/noArrayIndexKey: its place is all that tells it from the others
      key={index}
      label={`Image ${index + 1}`}
      description={description}
      chosen={chosen[index]}
      fault={faultOf?.(index) ?? (faultOf?.() && !chosen[index] ? "Choose a file." : undefined)}
      onChange={(image) => onChange(descriptions.map((_, at) => (at === index ? image : chosen[at])))}
    />
  ));
}

/** Give the images for a run that takes `count` of them; those that were not chosen are left out. */
export function givenImages(chosen: readonly (ChosenImage | undefined)[], count: number): RunSpec["images"] {
  const images = chosen.slice(0, count).filter((image) => image !== undefined);
  return images.length ? images.map(({ data }) => ({ data })) : undefined;
}

interface ImageFieldProps {
  label: string;
  description: string;
  chosen?: ChosenImage;
  fault?: string;
  onChange: (image: ChosenImage | undefined) => void;
}

function ImageField({ label, description, chosen, fault, onChange }: ImageFieldProps) {
  const id = useId();
  const [refused, setRefused] = useState<string>();
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    // Else the same file could not be chosen again.
    event.target.value = "";
    if (!file) return;
    const problem = findProblem(file);
    setRefused(problem);
    if (!problem) onChange({ name: file.name, data: await toBase64(file) });
  };
  const shown = refused ?? fault;
  return (
    <div className={ui.field}>
      <label htmlFor={id} className={ui.label}>
        {label} (required)
      </label>
      <div className={ui.row}>
        <input
          id={id}
          type="file"
          accept={TYPES.join(",")}
          className="visually-hidden"
          tabIndex={-1}
          aria-describedby={`${id}-about`}
          onChange={choose}
        />
        <Button onClick={() => document.getElementById(id)?.click()} aria-describedby={`${id}-about`}>
          <Paperclip size={15} aria-hidden="true" />
          {chosen ? "Choose another file" : "Choose a file"}
        </Button>
        {chosen && <span className={styles.name}>{chosen.name}</span>}
        {chosen && (
          <IconButton label={`Remove ${label.toLowerCase()}`} kind="quiet" onClick={() => onChange(undefined)}>
            <X size={16} />
          </IconButton>
        )}
      </div>
      <p className={ui.hint} id={`${id}-about`}>
        {description ? `${description} (PNG, JPEG, GIF or WebP, up to 10 MB)` : "PNG, JPEG, GIF or WebP, up to 10 MB"}
      </p>
      {shown && (
        <p className={ui.fault} role="alert">
          {shown}
        </p>
      )}
    </div>
  );
}

function findProblem(file: File): string | undefined {
  if (!TYPES.includes(file.type)) return `${isolate(file.name)} is none of PNG, JPEG, GIF and WebP.`;
  if (file.size > MAX_BYTES) return `${isolate(file.name)} has more than 10 MB.`;
  return undefined;
}

function toBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
