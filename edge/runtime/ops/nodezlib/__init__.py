"""The codecs of `node:zlib`, one file for each library; `engines.py` has the operations."""
