"""Why an object store did not do what it was asked, without saying where it is or who asked.

obstore's texts hold endpoints, whole answers and sometimes the names of keys.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z -]{1,40})")
_KINDS = (
    ("tcp connect error", "it does not answer"),
    ("Connection refused", "it does not answer"),
    ("dns error", "its name cannot be resolved"),
    ("failed to lookup address", "its name cannot be resolved"),
    ("timed out", "it does not answer in time"),
    ("certificate", "its certificate is not trusted"),
    ("connection closed", "it closed the connection"),
    ("Connection reset", "it closed the connection"),
    ("error sending request", "it does not answer"),
    ("scheme is not allowed", "plain HTTP is not allowed (set AWS_ALLOW_HTTP=true)"),
    ("URL scheme is not allowed", "plain HTTP is not allowed (set AWS_ALLOW_HTTP=true)"),
    ("instance metadata", "there are no credentials (set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"),
    ("169.254.169.254", "there are no credentials (set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"),
    ("AZURE_STORAGE_ACCOUNT_NAME", "no account is named (set AZURE_STORAGE_ACCOUNT_NAME)"),
    ("Account must be specified", "no account is named (set AZURE_STORAGE_ACCOUNT_NAME)"),
)
_HINTS = {
    "NoSuchBucket": "there is no such bucket",
    "InvalidAccessKeyId": "it does not know the access key",
    "SignatureDoesNotMatch": "the secret key is wrong",
    "AccessDenied": "access is denied",
    "InvalidBucketName": "the name of the bucket is not valid",
    "SlowDown": "it asks to be asked less often",
    "PermanentRedirect": "the bucket is in another region (set AWS_REGION)",
    "AuthorizationHeaderMalformed": "the bucket is in another region (set AWS_REGION)",
}


def reason_of(error: Exception) -> str:
    """A few words."""
    text = str(error)
    if code := _CODE.search(text):
        return f"{_HINTS[code[1]]} ({code[1]})" if code[1] in _HINTS else code[1]
    if status := _STATUS.search(text):
        return f"it answered {status[1].strip()}"
    for sign, meaning in _KINDS:
        if sign in text:
            return meaning
    return _kind(error)


def _kind(error: Exception) -> str:
    name = type(error).__name__.removesuffix("Error")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return {"generic": "it failed", "o s": "it failed", "": "it failed"}.get(words, words)
