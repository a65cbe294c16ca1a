// Compiles schemas to functions: needs eval.
const Ajv = require('ajv');

const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true });
const validate = ajv.compile({
  type: 'object',
  properties: {
    count: { type: 'integer', minimum: 1 },
    list: { type: 'array', items: { type: 'string', pattern: '^[a-z]+$' }, uniqueItems: true },
    level: { enum: ['low', 'high'], default: 'low' },
  },
  required: ['count'],
  additionalProperties: false,
});

exports.run = () => {
  const data = { count: '1', list: ['a', 'b'] };
  const good = validate(data);
  validate({ count: 0, list: ['A', 'A'], no: 1 });
  return [good, data, validate.errors, ajv.errorsText(validate.errors)];
};
