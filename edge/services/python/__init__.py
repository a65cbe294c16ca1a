"""Python functions of the operator, as bindings of functions."""
