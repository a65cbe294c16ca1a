import { BroadcastChannel } from './broadcast_channel.js';
import { MessageChannel, MessagePort } from './message_port.js';

export { isMessagePort } from './message_port.js';

export const globals = { BroadcastChannel, MessageChannel, MessagePort };
