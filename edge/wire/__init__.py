"""Messages between a gateway, an isolate host and the runtime inside an isolate.  No input or output here."""
