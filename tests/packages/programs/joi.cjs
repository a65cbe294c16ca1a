const Joi = require('joi');

const Account = Joi.object({
  username: Joi.string().alphanum().min(3).max(30).required(),
  birth: Joi.number().integer().min(1900).max(2013),
  email: Joi.string().email({ tlds: { allow: ['com', 'net'] } }),
  since: Joi.date().iso(),
}).with('username', 'birth');

exports.run = () => {
  const good = Account.validate({ username: 'ada', birth: '1994', email: 'ada@example.com', since: '2020-01-01' });
  const bad = Account.validate({ username: 'a!', email: 'a@b.xyz', since: 'never' }, { abortEarly: false });
  return [good.value, bad.error.details, bad.error.message, Account.describe()];
};
