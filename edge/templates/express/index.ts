// A function in Express style: a router with handlers (req, res).

const router = Router();

router.get("/", async (req, res) => {
  await kv.incr("greeted");
  res.type("text").send(`${process.env.GREETING}, ${req.query.name ?? "world"}!\n`);
});

router.get("/greeted", async (_req, res) => {
  res.json({ greeted: (await kv.get<number>("greeted")) ?? 0 });
});

router.use((_req, res) => {
  res.status(404).type("text").send("There is nothing here.\n");
});

export default router;

// An ES module that exports a function is of the web contract, unless it says otherwise.
export const config = { contract: "express" } satisfies FunctionConfig;
