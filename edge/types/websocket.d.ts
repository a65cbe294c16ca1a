// WebSocket, of clients and to clients: https://websockets.spec.whatwg.org/ and https://developers.cloudflare.com/workers/runtime-apis/websockets/

interface CloseEventInit extends EventInit {
  wasClean?: boolean;
  code?: number;
  reason?: string;
}

interface CloseEvent extends Event {
  readonly wasClean: boolean;
  readonly code: number;
  readonly reason: string;
}
declare var CloseEvent: {
  prototype: CloseEvent;
  new (type: string, init?: CloseEventInit): CloseEvent;
};

interface WebSocketOptions {
  protocols?: string | string[];
  headers?: HeadersInit;
}

interface WebSocket extends EventTarget {
  readonly url: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  /** "blob", or, for ends of pairs and of responses, "arraybuffer". */
  binaryType: 'blob' | 'arraybuffer';
  onopen: ((this: WebSocket, event: Event) => any) | null;
  onmessage: ((this: WebSocket, event: MessageEvent) => any) | null;
  onerror: ((this: WebSocket, event: Event) => any) | null;
  onclose: ((this: WebSocket, event: CloseEvent) => any) | null;
  /** Opens an end of a WebSocketPair, or of a fetched response, for use here. */
  accept(): void;
  close(code?: number, reason?: string): void;
  send(data: string | ArrayBufferLike | ArrayBufferView | Blob): void;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
}
declare var WebSocket: {
  prototype: WebSocket;
  new (url: string | URL, protocols?: string | string[] | WebSocketOptions): WebSocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
};

interface WebSocketPair {}
declare var WebSocketPair: {
  prototype: WebSocketPair;
  /** Two ends of one WebSocket: answer with one (`new Response(null, { status: 101, webSocket })`), and accept() the other. */
  new (): WebSocketPair & { 0: WebSocket; 1: WebSocket };
};
