import { Logger } from '@aws-lambda-powertools/logger';

const logger = new Logger({ serviceName: 'shop' });

export const handler = async (event, context) => {
  logger.addContext(context);
  logger.info('hello', { a: 1 });
  return { ok: true };
};
