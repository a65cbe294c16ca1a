module.exports = (req, res) => res.send('a request');
