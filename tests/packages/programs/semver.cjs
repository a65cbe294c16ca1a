const semver = require('semver');

exports.run = () => [
  semver.satisfies('1.2.3', '1.x || >=2.5.0 || 5.0.0 - 7.2.3'), semver.inc('1.2.3', 'prerelease', 'beta'), semver.coerce('v2.3').version,
  semver.sort(['1.10.0', '1.9.0']), semver.validRange('^1.2'), semver.minVersion('>=1.0.0').version, semver.diff('1.0.0', '1.1.0'),
];
