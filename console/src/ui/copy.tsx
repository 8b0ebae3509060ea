import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { errorOf } from "../api/error-of";
import { Button, IconButton } from "./button";
import { useToast } from "./toast";
import styles from "./ui.module.css";

/** Copy a text. Browsers give the clipboard to secure pages alone; elsewhere a selection does. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "visually-hidden";
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

interface CopyProps {
  /** The text, or how to get it. */
  text: string | (() => Promise<string>);
  label: string;
  /** Whether the icon stands alone. */
  icon?: boolean;
  small?: boolean;
  kind?: "quiet" | "primary";
}

export function CopyButton({ text, label, icon, small, kind }: CopyProps) {
  const [done, setDone] = useState(false);
  const tell = useToast();
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const press = async () => {
    try {
      const ok = await copy(typeof text === "string" ? text : await text());
      setDone(ok);
      if (!ok) tell("The browser does not let this page copy. Select the text and copy it.");
    } catch (error) {
      tell(errorOf(error).message);
    }
  };
  const mark = done ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />;
  return (
    <>
      {icon ? (
        <IconButton label={label} kind={kind ?? "quiet"} small={small} onClick={press}>
          {mark}
        </IconButton>
      ) : (
        <Button kind={kind} small={small} onClick={press}>
          {mark}
          {label}
        </Button>
      )}
      <span role="status" className="visually-hidden">
        {done && "Copied"}
      </span>
    </>
  );
}

/** A text to read and copy, as it is. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles.code}>
      <div className={styles.codeCopy}>
        <CopyButton text={text} label={`Copy ${label}`} icon small />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so without a mouse */}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields */}
      <pre role="group" tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
