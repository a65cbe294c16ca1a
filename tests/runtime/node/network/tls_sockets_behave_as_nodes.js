const out = {};
{ // a connection with everything that can be asked of it
  const socket = tls.connect({ port: tlsPort, host: 'localhost', ca, ALPNProtocols: ['echo/1', 'h2'] });
  const events = [];
  for (const name of ['connect', 'secureConnect', 'end', 'close']) socket.on(name, () => events.push(name));
  socket.write('echo\n');
  socket.end('early');
  out.text = await collect(socket);
  if (!socket._closeEmitted) await once(socket, 'close');
  out.events = events;
  const cert = socket.getPeerCertificate();
  out.agreed = [socket.alpnProtocol, socket.authorized, socket.authorizationError, socket.encrypted, socket.getProtocol(), socket.servername];
  out.cipher = socket.getCipher();
  out.cert = [cert.subjectaltname, typeof cert.subject.O, cert.fingerprint256.length, Buffer.isBuffer(cert.raw), new Date(cert.valid_to) > new Date()];
  out.identity = [tls.checkServerIdentity('localhost', cert)?.code, tls.checkServerIdentity('other.example', cert).code, tls.checkServerIdentity('127.0.0.1', cert)?.code];
}
{ // STARTTLS: what a driver of PostgreSQL or an SMTP client does
  const plain = net.connect(port, '127.0.0.1');
  plain.write('starttls\n');
  const [go] = await once(plain, 'data');
  const socket = tls.connect({ socket: plain, servername: 'localhost', ca });
  await once(socket, 'secureConnect');
  socket.write('line over TLS\n');
  const [line] = await once(socket, 'data');
  out.starttls = [`${go}`, `${line}`, socket.remotePort === port];
  socket.destroy();
  await once(plain, 'close');
}
{ // STARTTLS on a socket that still connects
  const socket = tls.connect({ socket: net.connect(tlsPort, '127.0.0.1'), servername: 'localhost', ca });
  socket.write('line early\n');
  out.wrapped = `${(await once(socket, 'data'))[0]}`;
  socket.end();
  await once(socket, 'close');
}
out.unknown = await failure(tls.connect({ port: tlsPort, host: 'localhost' }));
out.name = await failure(tls.connect({ port: tlsPort, host: 'localhost', servername: 'other.example', ca }));
out.plain = (await failure(tls.connect({ port, host: 'localhost', ca }))).code;
{ // a certificate that nobody vouches for, where the function says so
  const socket = tls.connect({ port: tlsPort, host: 'localhost', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  out.loose = [socket.authorized, typeof socket.authorizationError];
  socket.destroy();
}
{ // a check of the function's own
  const refuse = tls.connect({ port: tlsPort, host: 'localhost', ca, checkServerIdentity: (host, cert) => new Error(`no ${host} ${cert.subjectaltname}`) });
  out.custom = (await failure(refuse)).message;
  const accept = tls.connect({ port: tlsPort, host: 'localhost', servername: 'other.example', ca, checkServerIdentity: () => undefined });
  await once(accept, 'secureConnect');
  out.accepted = accept.authorized;
  accept.destroy();
}
out.options = [thrown(() => tls.createSecureContext({ minVersion: 'SSLv3' })), thrown(() => tls.createSecureContext({ pfx: 'x' })), thrown(() => tls.createSecureContext({ ca: 5 }))];
out.badCa = (await failure(tls.connect({ port: tlsPort, host: 'localhost', ca: 'nonsense' }))).code;
out.old = (await failure(tls.connect({ port: tlsPort, host: 'localhost', ca, maxVersion: 'TLSv1.1' }))).code;
out.roots = [tls.rootCertificates.length > 50, tls.rootCertificates[0].startsWith('-----BEGIN CERTIFICATE-----'), Object.isFrozen(tls.rootCertificates)];
{ // roots beside one of the function's own
  const socket = tls.connect({ port: tlsPort, host: 'localhost', ca: [...tls.rootCertificates, ca] });
  await once(socket, 'secureConnect');
  socket.destroy();
}
out.server = thrown(() => tls.createServer());
return Response.json(out);
