const CryptoJS = require('crypto-js');

exports.run = () => [
  CryptoJS.SHA256('m').toString(), CryptoJS.HmacSHA512('m', 'k').toString(CryptoJS.enc.Base64), CryptoJS.PBKDF2('p', 's', { keySize: 4, iterations: 10 }).toString(),
  CryptoJS.AES.decrypt(CryptoJS.AES.encrypt('msg', 'pw').toString(), 'pw').toString(CryptoJS.enc.Utf8), CryptoJS.lib.WordArray.random(8).sigBytes,
];
