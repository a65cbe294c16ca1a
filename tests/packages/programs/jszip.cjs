const JSZip = require('jszip');

exports.run = async () => {
  const zip = new JSZip();
  zip.file('a.txt', 'hello', { date: new Date(Date.UTC(2020, 0, 1)) });
  zip.folder('d').file('b.bin', new Uint8Array([1, 2]), { date: new Date(Date.UTC(2020, 0, 1)) });
  const back = await JSZip.loadAsync(await zip.generateAsync({ type: 'nodebuffer', compression: 'DEFLATE' }));
  return [Object.keys(back.files), await back.file('a.txt').async('string'), await back.file('d/b.bin').async('uint8array')];
};
