// Keys that Node has made, and what it has made with them of the message "sample".

module.exports = {
  RSA: '-----BEGIN RSA PRIVATE KEY-----\n' +
    'MIICXgIBAAKBgQDRPPnmgWra74IrLr30UE55xGhRKRW7Zf/jnnCI10kLCQ4ZBjNT\n' +
    'fItGSosAav3TlgPzjUSS/6IzB9hjxpizeSpTTSswTeCpQB/CuYautN7z3j8c+Tys\n' +
    'NT7gjEuFsKDSm9/7ZpmUAphyp5dZTtWsp3mNeQ5PeD6mBXMxoxurHbb6JwIDAQAB\n' +
    'AoGBAIXVacbNmsqFDg6O7ENcJoXuYgcfr13ZZS5zhmmQwpDDbvgEpknNTMxeG8Dd\n' +
    'rpNqzgY3otgfmODpMLjJK50IcFAFWxfbu9zbpSdnPldLlzf1HXReIgR2tIuLUXX1\n' +
    'WANaUEUOQA0EWN0K00lyEYZHswqUmpDx5cf3JLKAWeuQwIqxAkEA9eDk4qhZlfWW\n' +
    'GZNyDk8CrSaEtd5da3iPoyn0+09C1ASqFXEVqCB/hDvOozeCDmcz2k9FXroBgjTd\n' +
    'WbnJ030ffwJBANnZ9foEEwNIy2rA5LwE6Z+G139qlEgXljISwpqR7nMcqRPpBx+q\n' +
    'Mib2/n5upUSolkoT4xEg9vnmFDSXa7aseVkCQBHLZ+U7d9hRgL5zHFMKxs/PNNWQ\n' +
    'tUQc4pBVbgRuFREREVoh6AZV68SfK3JGhyQRtf/7srKLVaadutNOjdu/d3MCQQC6\n' +
    'ISmydWyxL67tBOXpZuEctZ7FdJBAkDZ5jeHLIsfyfhhPtJerjETRWdLSv0JhSREv\n' +
    'NZKZ/epGVTgKPx1+tBnxAkEAwUGgbMJAKk2F/tUZ99vVB2brqRW1PQFjd91E5+uB\n' +
    'YiDwJecRxlqZ4B9rsbT6M9A8cs4g560kuM9vw3eVooh3UA==\n' +
    '-----END RSA PRIVATE KEY-----\n',
  RSA_LOCKED: '-----BEGIN ENCRYPTED PRIVATE KEY-----\n' +
    'MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIr5WmFSnnF44CAggA\n' +
    'MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBe2iWll1lXcDk8yrmlMtlrBIIC\n' +
    'gLq49vfcbrhK8mXdf3hYxCSNMJv+1DPlhgwA/C9GVZ0YsiQNUmgbeColBpdPbg9T\n' +
    'D8wFrTZLIQZ4Bc7L+9XxY6n51Lj2N2/aHGnE8DKejhxyly1jIp6Lo6ZYJwJg3cxT\n' +
    'PmWQaU8G5rolR+KU0Ej7vFDOkksBG+/KSEF1ezFtMdsF+ZVXts116WE/yyGdz0ud\n' +
    '8nUwd21nYbfhGWQN6sknJ0U3giCv0z2n5DKA8jWEu8DncERqbpziRYCPyivaoykK\n' +
    '53UUjb3Q0WmzhNmcF+OnO3Ud+cFm66/kJJR4TYGJ6lWZqxLZwHyiWJIgFGm0syPn\n' +
    'tWoDTjPE+p9reUJTuOsE5mi+MrTqQK50q48cBJVI9zpTrTgc9YzI96vMrHK5dj1j\n' +
    't/F9MX7NR+E9Lp9Qi0QDXvpjXnzz0O8Lw5QjnGQ6QCkcqhSJSj/nwjSR6eb8kUbA\n' +
    '3gcrOXyBPnBH7YgNUnRWjrupbvQWDIlgdBOohVQWaMC9kAR+JMHSZFTdTXEw0Qus\n' +
    'id5tmuHQnxgApKkhtl6eJ9hWcHsqliNs3DumTYcenK4+a76pM11zt1M02mtfon/+\n' +
    'Ydf5VtKXRTAWsPaGlA2HMFb2JGrn13/47j7XdMV3nS1vMytvj/5qVnIBH9GMmxW/\n' +
    'SfEqLZ5g4TrHQjO0Skq2QQ9Rnqc3u8KYRfDttWdA5HURzwTTQtu5N7mMGdREOYyr\n' +
    'rEGtuOdeM2U5+TzSfVkSxLkUemipfT3oK9tUHJFYNG03BEEaAV5Ol0w4IMHWDYa1\n' +
    'TVcQjrbKgdddk3FlPLa7lZWAm5VD3FqxZN1A4rU7Aw+cA8nTWjlLcTzX21nT4R8T\n' +
    'PNQ+WQFsxxhxI1x8HmsmZgQ=\n' +
    '-----END ENCRYPTED PRIVATE KEY-----\n',
  RSA_PUBLIC: '-----BEGIN PUBLIC KEY-----\n' +
    'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRPPnmgWra74IrLr30UE55xGhR\n' +
    'KRW7Zf/jnnCI10kLCQ4ZBjNTfItGSosAav3TlgPzjUSS/6IzB9hjxpizeSpTTSsw\n' +
    'TeCpQB/CuYautN7z3j8c+TysNT7gjEuFsKDSm9/7ZpmUAphyp5dZTtWsp3mNeQ5P\n' +
    'eD6mBXMxoxurHbb6JwIDAQAB\n' +
    '-----END PUBLIC KEY-----\n',
  RSA_SIGNATURE: 'BL9wact8V0eiAlHbIE560nvcr5/D0dN0Nl/oz1Inla/H7c2bPOgKcSdWtiQKY7biTwkWUYySVij8lmUcMi9KdnPRNlD/YH6sOT7ATxevZMYJNljmiAZc1FNRNQdZyUWlkMnJS29TtZStb2ZTqgpliUc949vcdLrYkl+K1M/gX+4=',
  RSA_PSS: 'yErTZNVRfkYVmE9oyeOFE0kxZ4f3It7edpWmIu35eKdKoeZxoSBj8QP6UqVJkEyJscQtTP6nJp/uVe6rPR33A0wL/d3YUdzM/BqeAm0M/J7SqNWZbalngVrG5BuQu//QMp23C061134rk6wF205uSrRDhrULpTnP4QJ4hpeg3OA=',
  RSA_OAEP: 'ts/HLaRevVQ7BOzqZ84WLl4cPSmPN72ZwXzZlKkkuJrYgUGx2VqR9W1fGn9Z1XAJO39OT2PuW2lTpNfBqi5QoykmPQox+qTcaCgLqzZP356OnnYdVqhmlmDwcVikhWclFpnS5/q7rJbQp4UJ3PizjMyuoRrq5iwWBD6PjZ5iMf0=',
  RSA_SEALED: 'ilEe2R5loyHjoaOD/h35bpwECS2SGe+/CTHhl0lIWJ5tDJ2NVvMouZmAllk3FWmPuvzIG7KShX042DzGCTNwTolMGOB8akAOwIzqPIwdTzM7DaqtcCVfF/ai+zlklscnt0s8w7R8OGxb01wfmUq0CHx94fovVnV6iyBa3kOlgdc=',
  EC: '-----BEGIN EC PRIVATE KEY-----\n' +
    'MHcCAQEEIEIDxrybG2Z6ZsJDMTG/X90iHpph3UYPa3i2zC3HYqfRoAoGCCqGSM49\n' +
    'AwEHoUQDQgAEU23mBo0AqEvQfWDIwR0tx3Re6sVStI/UUuQLPZE8VkS4ilgoa/F1\n' +
    'C+YADwRKO85laiT0gPr6jxTo2l1PxhaftA==\n' +
    '-----END EC PRIVATE KEY-----\n',
  EC_JWK: { kty: 'EC', x: 'U23mBo0AqEvQfWDIwR0tx3Re6sVStI_UUuQLPZE8VkQ', y: 'uIpYKGvxdQvmAA8ESjvOZWok9ID6-o8U6NpdT8YWn7Q', crv: 'P-256', d: 'QgPGvJsbZnpmwkMxMb9f3SIemmHdRg9reLbMLcdip9E' },
  EC_DER: 'MEUCIQDKAPwqx8fWUhbYP6S2dDopf76CI/UW+/yqo2GFin7BxgIgbdvq2tdJvvfVarIg6l9teX+6nKS3DN12OGXuWRwQ+bk=',
  EC_PLAIN: 'J4Wx5mJV5ce9XOhFSvxeGg+/utbKf0rGDsgaAeNPgqqOewAkNo90uehms/KwjeUFKkGINUzApjhYND8TPWNZWg=='
};
