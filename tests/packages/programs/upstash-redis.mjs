import { Redis } from '@upstash/redis';

export async function run({ ORIGIN }) {
  const redis = new Redis({ url: ORIGIN, token: 'token', enableTelemetry: false });
  const batch = redis.pipeline();
  batch.get('a');
  batch.set('b', { z: 1 });
  return batch.exec();
}
