/** Have the browser keep JSON as a file. */
export function download(name: string, text: string): void {
  downloadBlob(name, new Blob([text], { type: "application/json" }));
}

/** Have the browser keep anything as a file. */
export function downloadBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Give a name of something as part of the name of a file; empty when nothing is left of it. */
export function toFileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 100);
}
