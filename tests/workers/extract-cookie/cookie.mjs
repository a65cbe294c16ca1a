export const parse = (header) => Object.fromEntries(header.split(/; */).filter(Boolean).map((part) => {
  const [name, ...value] = part.split('=');
  return [name, decodeURIComponent(value.join('='))];
}));
