"""The error of a module that cannot be found or loaded, in Node's words."""

from __future__ import annotations

from edge.errors import FunctionError


class ModuleError(FunctionError):
    """`js_code` is the `code` property that user code sees: MODULE_NOT_FOUND and the like.

    https://nodejs.org/api/errors.html#nodejs-error-codes
    """

    def __init__(self, message: str, js_code: str) -> None:
        super().__init__(message)
        self.js_code = js_code


def not_found(specifier: str, stack: tuple[str, ...]) -> ModuleError:
    """`require` found nothing; `stack` holds the modules that led here, the nearest first."""
    lines = [
        f"Cannot find module '{specifier}'",
        *(["Require stack:", *(f"- {path}" for path in stack)] if stack else []),
    ]
    return ModuleError("\n".join(lines), "MODULE_NOT_FOUND")


def not_imported(what: str, name: str, importer: str) -> ModuleError:
    """`import` found nothing; `what` is `module` or `package`."""
    return ModuleError(f"Cannot find {what} '{name}' imported from {importer}", "ERR_MODULE_NOT_FOUND")


def native_addon(path: str) -> ModuleError:
    """A compiled addon was asked for."""
    return ModuleError(
        f"Cannot load the native addon '{path}': functions can load JavaScript and WebAssembly only",
        "ERR_DLOPEN_FAILED",
    )
