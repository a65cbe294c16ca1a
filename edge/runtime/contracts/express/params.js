// router.param: https://expressjs.com/en/5x/api.html#router.param

import { ArrayPrototypePush, ObjectKeys } from '../../bootstrap/primordials.js';
import { call } from './call.js';

/** Runs the processors of the parameters that a layer brought, each value once per request. */
export function processParams(router, called, req, res, done) {
  const names = ObjectKeys(router.processors);
  const jobs = [];
  for (let i = 0; i < names.length; i++) {
    const value = req.params[names[i]];
    if (value === undefined || called[names[i]] === value) continue;
    called[names[i]] = value;
    const list = router.processors[names[i]];
    for (let j = 0; j < list.length; j++) ArrayPrototypePush(jobs, { __proto__: null, run: list[j], name: names[i] });
  }
  let at = 0;
  const next = (error) => {
    if (error !== undefined && error !== null) return done(error);
    const job = jobs[at++];
    if (job === undefined) return done();
    return call(job.run, [req, res, next, req.params[job.name], job.name], next);
  };
  next();
}
