import * as yup from 'yup';

const Person = yup.object({
  name: yup.string().required(),
  age: yup.number().required().positive().integer(),
  email: yup.string().email(),
  site: yup.string().url().nullable(),
  born: yup.date().default(() => new Date(0)),
});

export async function run() {
  const failed = await Person.validate({ name: '', age: -1.5, email: 'q' }, { abortEarly: false }).catch((error) => error);
  return [await Person.validate({ name: 'jimmy', age: '24' }), failed.errors, failed.inner.map(({ path, type }) => [path, type]), Person.describe()];
}
