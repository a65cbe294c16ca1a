"""Operations of `url`, as the runtime calls them."""

from __future__ import annotations

import msgspec
import pytest

from edge.errors import HostCallError
from edge.runtime.ops.url import OPS


def call(op, args):
    return OPS[op](msgspec.Raw(args), b"").value


def test_the_operations_take_and_give_json():
    """A name without ASCII form is null."""
    assert call("url.to_ascii", b'{"domain":"\xc3\xa4"}') == "xn--4ca"
    assert call("url.to_ascii", b'{"domain":"xn--a"}') is None
    assert call("url.to_unicode", b'{"domain":"xn--4ca"}') == "ä"


@pytest.mark.hostile
@pytest.mark.parametrize("args", [b"{}", b'{"domain":1}', b'{"domain":"a","x":1}', b'{"domain":"\xed\xa0\x80"}'])
def test_anything_else_is_refused(args):
    """Arguments are strict."""
    with pytest.raises(HostCallError):
        call("url.to_ascii", args)
