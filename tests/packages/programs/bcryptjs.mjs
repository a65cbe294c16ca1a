import bcrypt from 'bcryptjs';

export const run = async () => [
  bcrypt.hashSync('secret', '$2a$04$abcdefghijklmnopqrstuu'), await bcrypt.compare('secret', bcrypt.hashSync('secret', 4)), await bcrypt.compare('no', await bcrypt.hash('secret', 4)),
];
