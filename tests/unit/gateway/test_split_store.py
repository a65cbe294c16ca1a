"""Weights in a store: what somebody else may have written there."""

from __future__ import annotations

import pytest

from edge.errors import CallerError, OutsideError
from edge.gateway.versions.api import _weights
from edge.gateway.versions.split_store import KEY, SplitStore
from edge.packages.object_folder import FolderObjects

NOT_JSON = [b"{", b'{"change": "\xff"}', b'{"x": ' + b"[" * 1500 + b"]" * 1500 + b"}"]


@pytest.mark.parametrize("content", [*NOT_JSON, b'{"format": 99}'])
def test_weights_that_cannot_be_read_are_the_stores_fault(tmp_path, content):
    """Whoever follows them says so and goes on."""
    objects = FolderObjects(tmp_path)
    objects.put(KEY, content)
    with pytest.raises(OutsideError):
        SplitStore(objects).refresh()


@pytest.mark.parametrize("body", NOT_JSON)
def test_weights_that_cannot_be_read_are_the_callers_fault(body):
    """In a request they are."""
    with pytest.raises(CallerError):
        _weights(body)
