export const later = import.meta.url.split('/').at(-1);
