import type { OutputFormat } from "../api/client";

/** What to call the formats of outputs. */
export const FORMAT_NAMES: Readonly<Record<OutputFormat["type"], string>> = {
  TYPE_UNSPECIFIED: "Text",
  TYPE_TEXT: "Text",
  TYPE_LIST: "List",
  TYPE_JSON: "JSON",
  TYPE_IMAGE: "Image",
};
