const { Builder, parseStringPromise } = require('xml2js');

exports.run = async () => [
  await parseStringPromise('<r a="1"><x>t</x><x><![CDATA[<q>]]></x></r>', { explicitArray: false }), new Builder({ headless: true }).buildObject({ r: { $: { a: 1 }, x: ['a', '<'] } }),
  await parseStringPromise('<a><b></a>').catch((error) => error.message),
];
