import { Component } from "preact";
import { Problem } from "./bits.jsx";

/** A view that fails takes no other one with it. */
export class Boundary extends Component {
  state = { error: null };

  componentDidCatch(error) {
    this.setState({ error });
  }

  render({ children }, { error }) {
    if (!error) return children;
    return <div class="view"><h1 id="title" tabIndex={-1}>Something is wrong with this page</h1><Problem error={{ message: String(error.message ?? error) }} again={() => this.setState({ error: null })} /></div>;
  }
}
