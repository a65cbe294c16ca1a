import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';

export const run = () => [
  new XMLParser({ ignoreAttributes: false }).parse('<a b="1"><c>2</c><c>&lt;x</c></a>'), new XMLBuilder({ format: true }).build({ a: { b: [1, 2] } }), XMLValidator.validate('<a><b></a>'),
];
