import { FormData } from './form_data.js';

export { FormData, createFormData, formEntries } from './form_data.js';
export { multipartContent, parseMultipart, parseMultipartStream } from './multipart.js';

export const globals = { FormData };
