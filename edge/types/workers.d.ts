// What Cloudflare Workers have beside the standards.

/** Bytes in, the same bytes out. */
interface IdentityTransformStream extends TransformStream<BufferSource, Uint8Array<ArrayBuffer>> {}
declare var IdentityTransformStream: {
  prototype: IdentityTransformStream;
  new (): IdentityTransformStream;
};

/** The same, for so many bytes: what comes out is sent with a Content-Length. */
interface FixedLengthStream extends TransformStream<BufferSource, Uint8Array<ArrayBuffer>> {}
declare var FixedLengthStream: {
  prototype: FixedLengthStream;
  new (expectedLength: number | bigint): FixedLengthStream;
};

interface Scheduler {
  wait(milliseconds: number, options?: { signal?: AbortSignal }): Promise<void>;
}
declare var scheduler: Scheduler;
