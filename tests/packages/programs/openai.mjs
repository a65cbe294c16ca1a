import OpenAI from 'openai';

export async function run({ ORIGIN }) {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${ORIGIN}/openai`, maxRetries: 0 });
  const messages = [{ role: 'user', content: 'hé' }];
  const answer = await client.chat.completions.create({ model: 'm', messages });
  let text = '';
  for await (const part of await client.chat.completions.create({ model: 'm', messages, stream: true })) text += part.choices[0]?.delta?.content ?? '';
  const failed = await client.models.retrieve('none').catch((error) => error);
  return [answer.choices[0].message, text, failed.constructor.name, failed.status, failed.message];
}
