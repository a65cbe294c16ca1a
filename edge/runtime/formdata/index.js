import { FormData } from './form_data.js';

export { FormData, createFormData, formEntries, isFormData } from './form_data.js';
export { parseMultipart, serializeMultipart } from './multipart.js';

export const globals = { FormData };
