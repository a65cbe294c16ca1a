"""Lint the JavaScript of runtime and admin page: `lint_js.py [--fix]`; the rules are in eslint/eslint.config.js.

eslint is installed from its own lock file into build/eslint, because only those who change the runtime need it.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from hatch_build import BuildError, Node, NpmFolder  # noqa: E402


def main() -> int:
    packages = NpmFolder(ROOT / "scripts" / "lib" / "eslint", ROOT / "build" / "eslint")
    eslint = packages.folder / "node_modules" / "eslint" / "bin" / "eslint.js"
    try:
        node = Node()
        with packages.locked():
            packages.install(node)
        config = packages.sources / "eslint.config.js"
        node.run(eslint, "--config", config, "--max-warnings=0", *sys.argv[1:], "edge/runtime", "edge/page", cwd=ROOT)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
