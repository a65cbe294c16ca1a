return Response.json([await failure(net.connect(80, '10.1.2.3')), await failure(net.connect(80, '169.254.169.254')), await failure(net.connect(port + 1, '127.0.0.1'))]);
