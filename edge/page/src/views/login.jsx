import { useState } from "preact/hooks";
import { Mark } from "../ui/navigation.jsx";

export function Login({ refused, signIn }) {
  const [token, setToken] = useState("");
  return (
    <main class="center">
      <form
        class="card login"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim()) signIn(token.trim());
        }}
      >
        <h1><Mark /> edge</h1>
        <p>This gateway asks for a token: one of <code>admin.tokens</code>, that of <code>admin.token_file</code>, or <code>EDGE_ADMIN_TOKEN</code>.</p>
        <label class="field">Token
          <input type="password" value={token} onInput={(event) => setToken(event.currentTarget.value)} autocomplete="current-password" autofocus spellcheck={false} aria-invalid={refused} aria-describedby={refused ? "refused" : undefined} />
        </label>
        {refused && <p id="refused" class="error" role="alert">The gateway does not know this token.</p>}
        <button type="submit" class="button primary" disabled={!token.trim()}>Sign in</button>
        <p class="hint">It stays in this tab and is forgotten when the tab is closed.</p>
      </form>
    </main>
  );
}
