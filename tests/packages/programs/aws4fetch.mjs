import { AwsClient } from 'aws4fetch';

export async function run({ ORIGIN }) {
  const client = new AwsClient({ accessKeyId: 'a', secretAccessKey: 'b', service: 's3', region: 'r', retries: 0 });
  const signed = await client.sign('https://bucket.example.com/a%20b?x=1', { aws: { datetime: '20200101T000000Z' } });
  const answer = await client.fetch(`${ORIGIN}/bucket/key`, { method: 'PUT', body: 'content' });
  return [signed.headers.get('authorization'), await answer.json()];
}
