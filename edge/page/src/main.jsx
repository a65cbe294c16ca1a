import { render } from "preact";
import { App } from "./app.jsx";
import { useTheme } from "./core/theme.js";
import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/table.css";
import "./style/views.css";

function Root() {
  const theme = useTheme();
  return <App theme={theme} />;
}

render(<Root />, document.getElementById("app"));
