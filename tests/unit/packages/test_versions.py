"""The document of a function's versions, and what may be done to it."""

from __future__ import annotations

import pytest

from edge.errors import CallerError, ConflictError, NotFoundError
from edge.packages.versions import MAX_VERSIONS, Versions, split_reference


def package(number):
    return f"sha256:{number:064x}"


def uploaded(count, **changes):
    document = Versions("hello", **changes)
    for number in range(1, count + 1):
        document = document.added(package(number), number * 1000, who="ci", size=10, note=f"n{number}")
    return document


def names(document):
    return [version.name for version in document.versions]


def test_an_upload_is_the_next_version():
    """Numbers go on after versions were removed, and after all of them were."""
    document = uploaded(3)
    assert names(document) == ["v1", "v2", "v3"]
    assert document.versions[1].note == "n2"
    assert document.active == 0
    assert names(document.without(3).added(package(9), 0)) == ["v1", "v2", "v4"]
    assert names(document.emptied().added(package(9), 0)) == ["v4"]


@pytest.mark.parametrize(
    ("reference", "number"),
    [("v2", 2), ("2", 2), (" v2 ", 2), ("active", 1), ("latest", 3), ("stable", 2), (package(3), 3)],
)
def test_a_version_has_several_names(reference, number):
    """Its number, what it is now, an alias, and the hash of its package."""
    assert uploaded(3).activated(1).aliased("stable", 2).find(reference).number == number


@pytest.mark.parametrize("reference", ["v4", "v0", "active", "nobody", package(8)])
def test_a_version_that_is_not_there_is_not_found(reference):
    """The message says what there is."""
    with pytest.raises((NotFoundError, CallerError)) as caught:
        uploaded(3).find(reference)
    assert isinstance(caught.value, NotFoundError) is (reference != "v0") or "v0" in str(caught.value)


def test_a_version_that_was_removed_meanwhile_cannot_serve():
    """Building one takes a while, and somebody else may clean up: every gateway would serve nothing."""
    document = uploaded(3).activated(1).without(2)
    with pytest.raises(NotFoundError):
        document.activated(2)
    assert document.activated(0).active == 0


@pytest.mark.parametrize("reference", ["", "V1", "../v1", "a" * 64, "v 1", "v1é"])
def test_what_cannot_be_a_version_is_refused(reference):
    """It is the caller's mistake, not a version that is missing."""
    with pytest.raises(CallerError):
        uploaded(3).find(reference)


def test_the_latest_of_equal_packages_is_meant_by_their_hash():
    """Uploading the same again makes another version."""
    assert uploaded(2).added(package(1), 0).find(package(1)).number == 3


def test_rolling_back_goes_back_step_by_step():
    """Not to and fro between the last two."""
    document = uploaded(3).activated(1).activated(2).activated(3)
    document = document.rolled_back(to_config=False)
    assert document.active == 2
    document = document.rolled_back(to_config=False)
    assert document.active == 1
    with pytest.raises(ConflictError, match="no version before v1"):
        document.rolled_back(to_config=False)
    assert document.rolled_back(to_config=True).active == 0


def test_activating_what_is_active_changes_nothing():
    """So that a rollback after it still goes back."""
    document = uploaded(2).activated(1).activated(2)
    assert document.activated(2) is document
    assert document.rolled_back(to_config=False).active == 1


def test_a_rollback_passes_over_versions_that_are_gone():
    """And over the one that serves."""
    document = uploaded(3).activated(1).activated(2).activated(1).activated(3)
    assert document.without(1).rolled_back(to_config=False).active == 2


def test_aliases_are_names_of_versions():
    """They move, they keep a version from being removed, and they go."""
    document = uploaded(2).aliased("stable", 1).aliased("canary", 2).aliased("stable", 2)
    assert document.aliases == {"canary": 2, "stable": 2}
    with pytest.raises(ConflictError, match="alias canary"):
        document.without(2)
    assert document.aliased("canary", 0).aliases == {"stable": 2}
    with pytest.raises(NotFoundError):
        document.aliased("nobody", 0)
    for wrong in ("v1", "7", "active", "latest", "", "A", "a b", "../x"):
        with pytest.raises(CallerError):
            document.aliased(wrong, 1)


def test_what_serves_is_not_removed():
    """Another one has to serve first."""
    document = uploaded(2).activated(2)
    with pytest.raises(ConflictError, match="active"):
        document.without(2)
    assert names(document.activated(1).without(2)) == ["v1"]


def test_retention_keeps_the_newest():
    """And what somebody needs: active, the one before it, aliases, and what the caller protects."""
    document = uploaded(10).activated(1).activated(2).aliased("stable", 3)
    assert names(document.pruned(2, 0)) == ["v1", "v2", "v3", "v9", "v10"]
    assert names(document.pruned(2, 0, {5})) == ["v1", "v2", "v3", "v5", "v9", "v10"]
    assert document.pruned(0, 0) is document
    assert document.pruned(10, 0) is document


def test_retention_by_age_keeps_the_newest_version_however_old():
    """An upload is there until there is another one."""
    assert names(uploaded(4).pruned(0, 3000)) == ["v3", "v4"]
    assert names(uploaded(4).pruned(0, 9000)) == ["v4"]


def test_a_document_never_grows_without_end():
    """Also when retention keeps everything."""
    document = uploaded(MAX_VERSIONS + 5)
    assert len(document.pruned(0, 0).versions) == MAX_VERSIONS


def test_a_reference_names_function_and_version():
    """As routes and configs write it."""
    assert split_reference("hello@v3") == ("hello", "v3")
    assert split_reference("hello") == ("hello", "")
