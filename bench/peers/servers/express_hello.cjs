const express = require("module").createRequire(process.env.DEPS + "/")("express");
const app = express();
app.use(express.json());
app.get("/fetch", async (req, res) => { const r = await fetch("http://127.0.0.1:9700/"); res.type("text").send("got " + await r.text()); });
app.get("/{*p}", (req, res) => res.type("text").send("Hello, World!\n"));
app.post("/{*p}", (req, res) => { const b = req.body; b.seen = true; b.n = (b.n || 0) + 1; res.json(b); });
app.listen(Number(process.env.PORT), "127.0.0.1");
