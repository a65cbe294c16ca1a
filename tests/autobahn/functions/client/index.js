// Goes through cases of Autobahn's server, as an echo; or asks how many there are, or for the report.
function run(url, echo) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    let last = '';
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => {
      last = data;
      if (echo) socket.send(data);
    };
    socket.onclose = () => resolve(last);
  });
}

module.exports = async (req, res) => {
  const { from, to, port, count, report } = req.query;
  const server = `ws://127.0.0.1:${port}`;
  if (count) return res.send(await run(`${server}/getCaseCount`, false));
  if (report) return res.send(await run(`${server}/updateReports?agent=edge`, false));
  for (let number = +from; number <= +to; number++) await run(`${server}/runCase?case=${number}&agent=edge`, true);
  return res.send('done');
};
