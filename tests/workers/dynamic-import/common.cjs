module.exports = { b: 2 };
