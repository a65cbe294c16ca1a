import { useState } from "preact/hooks";
import { query, segment } from "../core/api.js";
import { date, duration, relative } from "../core/format.js";
import { useAction, useAsked, useSession } from "../core/hooks.js";
import { href } from "../core/route.js";
import { Answer, Badge, Button, Empty, Outcome, Rows, Section, StatusCode, View } from "../ui/bits.jsx";

export function Schedules() {
  const { api } = useSession();
  const found = useAsked((signal) => api.json("schedules?next=5", { signal }), [], 5000);
  return (
    <View title="Schedules" subtitle="What comes next, what runs, and what the latest runs came to.">
      <Answer of={found}>
        {({ schedules }) => (schedules.length === 0 ? <Empty title="No function has a schedule" icon="schedules">In the config: <code>schedule = ["*/5 * * * *"]</code>.</Empty> : schedules.map((each) => <Schedule key={`${each.function} ${each.cron} ${each.timezone}`} schedule={each} again={found.again} />))}
      </Answer>
    </View>
  );
}

function Schedule({ schedule, again }) {
  const { api, toast } = useSession();
  const [latest, setLatest] = useState(null);
  const [run, busy] = useAction(async () => {
    const ended = await api.send("POST", `schedules/${segment(schedule.function)}/run${query({ cron: schedule.cron.startsWith("@every") ? "" : schedule.cron })}`, undefined, { timeout: 900_000 });
    setLatest(ended);
    toast(`${schedule.function} ${ended.ok ? "ran" : `failed: ${ended.error || ended.outcome}`}`, ended.ok ? "ok" : "bad");
    again();
  });
  const { running = [], waiting = [], runs = [] } = schedule;
  return (
    <Section
      title={<><a href={href("functions", schedule.function)}>{schedule.function}</a> <code>{schedule.cron}</code> <span class="muted small">{schedule.timezone}</span></>}
      actions={<>{running.length > 0 && <Badge kind="info">{running.length} running</Badge>}{waiting.length > 0 && <Badge kind="warn">{waiting.length} waiting</Badge>}<Button role="deploy" icon="play" busy={busy} onClick={run}>Run now</Button></>}
    >
      <div class="columns even">
        <div>
          <h3>Next</h3>
          <ol class="ticks">{schedule.next.map((tick) => <li key={tick}><time dateTime={tick}>{date(tick)}</time> <span class="muted">{relative(tick)}</span></li>)}</ol>
          <p class="hint">overlap: {schedule.overlap}, retries: {schedule.retries}{schedule.retries ? ` after ${duration(schedule.backoff)}` : ""}, missed: {schedule.missed}</p>
        </div>
        <div>
          <h3>Latest runs</h3>
          {latest && <p class="chips">By hand: <Outcome value={latest.outcome} /><StatusCode value={latest.status} />{duration(latest.wall)} <a href={href("invocations", latest.request_id)}>invocation</a></p>}
          <Rows
            label={`Latest runs of ${schedule.function}`}
            rows={runs.slice(0, 10).map((each, index) => ({ ...each, id: `${each.tick} ${index}` }))}
            empty={!latest && <p class="muted">None yet.</p>}
            columns={[
              ["Tick", ({ tick }) => <time title={date(tick)}>{relative(tick)}</time>],
              ["Outcome", ({ outcome, result }) => <Outcome value={outcome ?? result} />],
              ["Status", ({ status }) => <StatusCode value={status} />],
              ["Took", ({ started, ended }) => (started && ended ? duration((new Date(ended) - new Date(started)) / 1000) : "–"), "number"],
              ["", ({ request_id: id }) => id && <a href={href("invocations", id)}>invocation</a>, "end"],
            ]}
          />
        </div>
      </div>
    </Section>
  );
}
