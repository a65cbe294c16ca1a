"""What must not be kept is replaced alike everywhere, and nothing else is."""

from __future__ import annotations

import base64

import msgspec

from edge.recording.recording import Run
from edge.recording.redact_runs import again, redacted, with_secrets
from edge.recording.redaction import HEADERS, Redaction

START = {
    "t": "start",
    "env": {"TOKEN": "tok_123456", "PIN": "1234", "PLAIN": "plain"},
    "request": {
        "headers": [["authorization", "Bearer abcdefgh"], ["Cookie", "sid=0123456789; theme=dark"], ["x-a", "dark"]],
        "body": base64.b64encode(b"token=tok_123456&pin=1234").decode(),
    },
}
SECRETS = {"TOKEN": "tok_123456", "PIN": "1234"}


def kept(events, texts=(), *, headers=HEADERS):
    redaction = Redaction(headers)
    redaction.learn_secrets(SECRETS)
    runs = [Run(0.0, [msgspec.json.encode(one) for one in events], [msgspec.json.encode(one) for one in texts])]
    (run,) = redacted(runs, redaction)
    return [msgspec.json.decode(one) for one in run.events], [msgspec.json.decode(one) for one in run.texts]


def test_what_an_operation_gave_is_taken_out_of_the_tape():
    """A key of a secret that is exported again, say; all else of the tape stays as it is."""
    redaction = Redaction()
    redaction.learn_secrets({"KEY": "-----BEGIN-----"})
    pem = base64.b64encode(b"x -----BEGIN----- y").decode()
    drawn = [["nodecrypto.exporting.export", "{}", "{}", pem], ["crypto.random", "{}", "{}", "AAAA"], "odd", ["odd"]]
    text = msgspec.json.encode({"effects": [], "clock": [5, 1], "drawn": drawn})
    (run,) = redacted([Run(0.0, [], [text])], redaction)
    found = msgspec.json.decode(run.texts[0])
    assert base64.b64decode(found["drawn"][0][3]) == b"x [redacted:KEY] y"
    assert (found["clock"], found["drawn"][1:]) == ([5, 1], drawn[1:])


def test_credentials_and_secrets_are_taken_out_of_what_goes_in():
    ((start,), _) = kept([START])
    assert start["request"]["headers"] == [
        ["authorization", "Bearer [redacted:2]"],
        ["Cookie", "sid=[redacted:3]; theme=dark"],
        ["x-a", "dark"],
    ]
    assert start["env"] == {"TOKEN": "[redacted:TOKEN]", "PIN": "[redacted:PIN]", "PLAIN": "plain"}
    assert base64.b64decode(start["request"]["body"]) == b"token=[redacted:TOKEN]&pin=1234"


def test_they_are_taken_out_of_what_comes_out_also_before_they_were_seen_in_a_header():
    call = {"t": "call", "id": 1, "call": 1, "op": "kv.set", "args": {"value": "fresh-session"}}
    head = {"t": "head", "id": 1, "status": 200, "headers": [["set-cookie", "sid=fresh-session; HttpOnly"]]}
    log = {"t": "log", "id": 1, "level": "info", "text": "got abcdefgh and tok_123456"}
    _, (first, second) = kept([START], [{"effects": [call, log]}, {"effects": [head]}])
    name = second["effects"][0]["headers"][0][1].removeprefix("sid=").removesuffix("; HttpOnly")
    assert name.startswith("[redacted:")
    assert first["effects"][0]["args"] == {"value": name}
    assert first["effects"][1]["text"] == "got [redacted:2] and [redacted:TOKEN]"


def test_further_headers_can_be_named():
    event = {"t": "reply", "value": {"headers": [["X-Api-Key", "key-1234567"], ["x-other", "other-123"]]}}
    ((reply,), _) = kept([event], headers=(*HEADERS, "x-api-key"))
    assert reply["value"]["headers"] == [["X-Api-Key", "[redacted:2]"], ["x-other", "other-123"]]


def test_two_values_stay_two_and_one_stays_one():
    events = [{"t": "x", "headers": [["authorization", "Bearer first-one"], ["authorization", "Bearer second-one"]]}]
    ((event,), _) = kept([*events], [])
    first, second = (value for _, value in event["headers"])
    assert first != second


def test_what_is_no_json_loses_its_secrets_too():
    redaction = Redaction()
    redaction.learn_secrets(SECRETS)
    (run,) = redacted([Run(0.0, [], [b"broken tok_123456", b""])], redaction)
    assert run.texts == [b"broken [redacted:TOKEN]", b""]


def test_what_is_random_on_the_tape_is_left_alone():
    tape = {"effects": [], "clock": [1, 2], "drawn": [["crypto.random", "{}", "{}", "dG9rXzEyMzQ1Ng=="]]}
    _, (turn,) = kept([START], [tape])
    assert turn == tape


def test_a_replays_own_credentials_are_those_in_the_same_place():
    before = msgspec.json.encode({"effects": [{"t": "head", "headers": [["set-cookie", "sid=[redacted:9]"]]}]})
    now = msgspec.json.encode({"effects": [{"t": "head", "headers": [["set-cookie", "sid=really-it"]]}]})
    redaction = Redaction()
    assert msgspec.json.decode(again(before, now, redaction)) == msgspec.json.decode(before)
    log = again(b"", msgspec.json.encode({"effects": [{"t": "log", "text": "really-it"}]}), redaction)
    assert msgspec.json.decode(log)["effects"][0]["text"] == "[redacted:9]"


def test_secrets_come_back_for_a_replay():
    (run,) = with_secrets([Run(0.0, [b'{"env":{"TOKEN":"[redacted:TOKEN]"}}'])], {"TOKEN": 'a"b'})
    assert msgspec.json.decode(run.events[0]) == {"env": {"TOKEN": 'a"b'}}


def test_what_was_read_in_the_middle_of_a_turn_loses_them_too():
    """Text and bytes; a replay gets the secrets back."""
    redaction = Redaction()
    redaction.learn_secrets(SECRETS)
    data = base64.b64encode(b"pin tok_123456").decode()
    asked = {"id": 1, "op": "kv.get", "args": {"key": "tok_123456"}, "value": [{"text": "tok_123456"}], "data": data}
    (run,) = redacted([Run(0.0, [], asked=[msgspec.json.encode(asked)])], redaction)
    found = msgspec.json.decode(run.asked[0])
    assert (found["args"], found["value"]) == ({"key": "[redacted:TOKEN]"}, [{"text": "[redacted:TOKEN]"}])
    assert base64.b64decode(found["data"]) == b"pin [redacted:TOKEN]"
    (again_,) = with_secrets([run], SECRETS)
    assert msgspec.json.decode(again_.asked[0])["value"] == [{"text": "tok_123456"}]
