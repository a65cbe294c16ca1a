// Blobs, files and forms: https://w3c.github.io/FileAPI/, https://xhr.spec.whatwg.org/#interface-formdata

type BlobPart = BufferSource | Blob | string;
type EndingType = "native" | "transparent";

interface BlobPropertyBag {
  type?: string;
  endings?: EndingType;
}

interface Blob {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  slice(start?: number, end?: number, contentType?: string): Blob;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
}
declare var Blob: {
  prototype: Blob;
  new (parts?: Iterable<BlobPart>, options?: BlobPropertyBag): Blob;
};

interface FilePropertyBag extends BlobPropertyBag {
  lastModified?: number;
}

interface File extends Blob {
  readonly name: string;
  readonly lastModified: number;
  /** Always empty: there are no folders to choose. */
  readonly webkitRelativePath: string;
}
declare var File: {
  prototype: File;
  new (parts: Iterable<BlobPart>, name: string, options?: FilePropertyBag): File;
};

interface FileReader extends EventTarget {
  readonly readyState: 0 | 1 | 2;
  readonly result: string | ArrayBuffer | null;
  readonly error: DOMException | null;
  onabort: ((this: FileReader, event: ProgressEvent) => any) | null;
  onerror: ((this: FileReader, event: ProgressEvent) => any) | null;
  onload: ((this: FileReader, event: ProgressEvent) => any) | null;
  onloadend: ((this: FileReader, event: ProgressEvent) => any) | null;
  onloadstart: ((this: FileReader, event: ProgressEvent) => any) | null;
  onprogress: ((this: FileReader, event: ProgressEvent) => any) | null;
  abort(): void;
  readAsArrayBuffer(blob: Blob): void;
  /** @deprecated use readAsArrayBuffer() */
  readAsBinaryString(blob: Blob): void;
  readAsDataURL(blob: Blob): void;
  readAsText(blob: Blob, encoding?: string): void;
  readonly EMPTY: 0;
  readonly LOADING: 1;
  readonly DONE: 2;
}
/** Blobs read themselves: blob.text(), blob.arrayBuffer().  This is for code that was written for pages. */
declare var FileReader: {
  prototype: FileReader;
  new (): FileReader;
  readonly EMPTY: 0;
  readonly LOADING: 1;
  readonly DONE: 2;
};

type FormDataEntryValue = File | string;

interface FormDataIterator<T> extends IteratorObject<T, undefined, unknown> {
  [Symbol.iterator](): FormDataIterator<T>;
}

interface FormData {
  append(name: string, value: string): void;
  append(name: string, value: Blob, filename?: string): void;
  delete(name: string): void;
  get(name: string): FormDataEntryValue | null;
  getAll(name: string): FormDataEntryValue[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  set(name: string, value: Blob, filename?: string): void;
  forEach(callback: (value: FormDataEntryValue, name: string, form: FormData) => void, thisArg?: any): void;
  entries(): FormDataIterator<[string, FormDataEntryValue]>;
  keys(): FormDataIterator<string>;
  values(): FormDataIterator<FormDataEntryValue>;
  [Symbol.iterator](): FormDataIterator<[string, FormDataEntryValue]>;
}
declare var FormData: {
  prototype: FormData;
  new (): FormData;
};
