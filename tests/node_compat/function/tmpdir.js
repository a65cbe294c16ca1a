// What Node's tests find as `../common/tmpdir`: a folder in /tmp.

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');

const folder = '/tmp/test';

module.exports = {
  path: folder,
  refresh() {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder);
  },
  hasEnoughSpace: (size) => size < 2 ** 28,
  fileURL: (...parts) => pathToFileURL(path.resolve(folder, ...parts)),
  resolve: (...parts) => path.resolve(folder, ...parts),
};
