// The methods that a Router has a function for.

export const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];
