// A function in Express style: a router with handlers (req, res).

const router = Router();

router.get("/", async (req, res) => {
  await kv.incr("greeted");
  res.type("text").send(`${process.env.GREETING}, ${req.query.name ?? "world"}!\n`);
});

router.get("/greeted", async (_req, res) => {
  res.json({ greeted: (await kv.get("greeted")) ?? 0 });
});

router.use((_req, res) => {
  res.status(404).type("text").send("There is nothing here.\n");
});

module.exports = router;
