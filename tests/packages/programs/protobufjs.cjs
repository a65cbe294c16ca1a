// Generates its encoders: needs eval.
const protobuf = require('protobufjs');

const { root } = protobuf.parse('syntax="proto3"; package p; message M { string s = 1; repeated int32 n = 2; map<string, int64> m = 3; oneof o { bool b = 4; double d = 5; } enum E { A = 0; B = 1; } E e = 6; }');
const M = root.lookupType('p.M');

exports.run = () => {
  const bytes = M.encode(M.create({ s: 'hé', n: [1, -2, 300], m: { k: 12345678901 }, d: 1.5, e: 1 })).finish();
  return [bytes, M.toObject(M.decode(bytes), { longs: String, enums: String, defaults: true }), M.verify({ s: 1 })];
};
