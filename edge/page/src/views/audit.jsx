import { useState } from "preact/hooks";
import { duration } from "../core/format.js";
import { mayAs, useAsked, useSession } from "../core/hooks.js";
import { Answer, Badge, Empty, Search, StatusCode, Time, View } from "../ui/bits.jsx";
import { VirtualTable } from "../ui/table.jsx";

const COLUMNS = [
  { name: "time", title: "Time", width: "110px", narrow: "80px", cell: ({ time }) => <Time value={time} /> },
  { name: "who", title: "Who", width: "150px", narrow: null, cell: ({ who, role }) => <>{who || <span class="muted">nobody known</span>} {role && <Badge>{role}</Badge>}</> },
  { name: "what", title: "What", width: "minmax(220px, 3fr)", narrow: "minmax(0, 1.600fr)", kind: "mono", cell: ({ method, path, query }) => `${method} ${path}${query ? `?${query}` : ""}` },
  { name: "status", title: "Status", width: "80px", narrow: "50px", cell: ({ status, code }) => <span title={code}><StatusCode value={status} /></span> },
  { name: "ip", title: "From", width: "130px", narrow: null, cell: ({ ip }) => ip || "unix" },
  { name: "ms", title: "Took", width: "90px", narrow: null, kind: "number", cell: ({ ms }) => duration(ms / 1000) },
];

export function Audit() {
  const { api, who } = useSession();
  const [typed, setTyped] = useState("");
  const allowed = mayAs(who.role, "admin");
  const found = useAsked((signal) => (allowed ? api.json("audit?limit=1000", { signal }) : Promise.resolve({ entries: [] })), [allowed], 10_000);
  if (!allowed) return <View title="Audit log"><Empty title="This takes the role admin" icon="audit">You have {who.role}.</Empty></View>;
  return (
    <View fill title="Audit log" subtitle="Who changed what over this listener, the newest first.">
      <div class="bar"><Search value={typed} onInput={setTyped} label="Filter by anything" /></div>
      <Answer of={found}>
        {({ entries }) => {
          const wanted = typed.trim().toLowerCase();
          const shown = entries.filter((each) => !wanted || `${each.who} ${each.role} ${each.method} ${each.path} ${each.query} ${each.status} ${each.ip} ${each.code ?? ""}`.toLowerCase().includes(wanted));
          if (shown.length === 0) return <Empty title={entries.length ? "No entry is so" : "Nobody has changed anything"} icon="audit" />;
          return <VirtualTable label="Changes" columns={COLUMNS} count={shown.length} at={(index) => shown[index]} keyOf={(entry, index) => `${entry.request_id} ${index}`} />;
        }}
      </Answer>
    </View>
  );
}
