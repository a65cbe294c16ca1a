module.exports = (req, res) => res.send(`plain ${req.get('upgrade')}`);
