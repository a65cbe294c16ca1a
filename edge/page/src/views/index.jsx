// All views, in the order of the navigation.

import { View } from "../ui/bits.jsx";
import { Audit } from "./audit.jsx";
import { CacheView } from "./cache.jsx";
import { Config } from "./config.jsx";
import { Egress } from "./egress.jsx";
import { Functions } from "./functions.jsx";
import { Invocations } from "./invocations.jsx";
import { KeyValues } from "./kv.jsx";
import { Logs } from "./logs.jsx";
import { Overview } from "./overview.jsx";
import { Queue } from "./queue.jsx";
import { Schedules } from "./schedules.jsx";

export const GROUPS = ["Observe", "Run", "Data", "Control"];

export const VIEWS = [
  { name: "overview", title: "Overview", key: "o", group: "Observe", view: Overview },
  { name: "logs", title: "Logs", key: "l", group: "Observe", view: Logs },
  { name: "invocations", title: "Invocations", key: "i", group: "Observe", view: Invocations },
  { name: "functions", title: "Functions", key: "f", group: "Run", view: Functions },
  { name: "schedules", title: "Schedules", key: "s", group: "Run", view: Schedules },
  { name: "queue", title: "Queue", key: "q", group: "Run", view: Queue },
  { name: "kv", title: "Key-value", key: "k", group: "Data", view: KeyValues },
  { name: "cache", title: "Cache", key: "h", group: "Data", view: CacheView },
  { name: "egress", title: "Egress", key: "e", group: "Control", view: Egress },
  { name: "config", title: "Config", key: "c", group: "Control", view: Config },
  { name: "audit", title: "Audit log", key: "a", group: "Control", view: Audit },
];

export function NotFound() {
  return <View title="Nothing is here" subtitle="The address names no view of this page." />;
}
