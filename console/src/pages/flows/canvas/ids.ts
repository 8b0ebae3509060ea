/** Ids of nodes as React Flow gets them. It puts them into selectors, so that those of a document may not go there. */

export function toCanvasId(id: string): string {
  return id.replace(/[^\w-]/g, (character) => `%${character.charCodeAt(0).toString(16)};`);
}

export function fromCanvasId(id: string): string {
  return id.replace(/%([\da-f]+);/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
