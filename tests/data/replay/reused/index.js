let n = 0;
const born = Math.random();
module.exports = (req, res) => res.json({ n: ++n, born, at: Date.now() });
