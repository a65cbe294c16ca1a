// RealtimeNamespace: functions for the events of Socket.IO clients.

interface RealtimeHandshake {
  headers: Record<string, string>;
  query: Record<string, string>;
  auth: Record<string, any>;
  address: string;
  time: string;
  secure: boolean;
  url: string;
}

interface BroadcastOperator {
  to(room: string | string[]): BroadcastOperator;
  in(room: string | string[]): BroadcastOperator;
  except(room: string | string[]): BroadcastOperator;
  emit(event: string, ...args: any[]): Promise<void>;
}

/** The client whose event is being handled. */
interface RealtimeSocket {
  readonly id: string | undefined;
  readonly rooms: Set<string>;
  readonly handshake: RealtimeHandshake;
  readonly connected: boolean;
  readonly broadcast: BroadcastOperator;
  /** Kept as JSON from event to event. */
  data: any;
  on(event: '$connect', handler: (this: RealtimeNamespace) => any): this;
  on(event: '$disconnect', handler: (this: RealtimeNamespace, reason: string) => any): this;
  on(event: string, handler: (this: RealtimeNamespace, ...args: any[]) => any): this;
  once(event: string, handler: (this: RealtimeNamespace, ...args: any[]) => any): this;
  emit(event: string, ...args: any[]): Promise<void>;
  join(room: string): Promise<void>;
  leave(room: string): Promise<void>;
  disconnect(): Promise<void>;
  to(room: string | string[]): BroadcastOperator;
  in(room: string | string[]): BroadcastOperator;
  except(room: string | string[]): BroadcastOperator;
}

interface RealtimeNamespace extends BroadcastOperator {
  (req: any, res: any, next?: (error?: any) => void): void;
  readonly socket: RealtimeSocket;
}
declare var RealtimeNamespace: {
  prototype: RealtimeNamespace;
  new (path?: string): RealtimeNamespace;
};
