/** How much of an export has come. */
export interface Exported {
  bytes: number;
  runs: number;
}

const LINE_END = 0x0a;

/** Give a stream that lets everything through, and tells what went by. */
export function counting(onProgress: (soFar: Exported) => void): TransformStream<Uint8Array, Uint8Array> {
  const soFar = { bytes: 0, runs: 0 };
  return new TransformStream({
    transform(chunk, controller) {
      soFar.bytes += chunk.byteLength;
      for (const byte of chunk) if (byte === LINE_END) soFar.runs++;
      onProgress({ ...soFar });
      controller.enqueue(chunk);
    },
  });
}
