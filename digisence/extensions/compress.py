"""Compression of replies; Flask-Compress leaves event streams alone."""

import re

from flask import Response, request
from flask_compress import Compress

REFUSED = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*$", re.IGNORECASE)


class Compression(Compress):
    """Flask-Compress that leaves the ETag as it is: it names a version of the record, whatever the encoding. And it
    takes `gzip;q=0` for what it means: not gzip.
    """

    def after_request(self, response: Response | None) -> Response:
        """Compress when the caller takes it."""
        tag = response.headers.get("ETag") if response is not None else None
        if asked := request.headers.get("Accept-Encoding"):
            taken = (part for part in asked.split(",") if not REFUSED.search(part))
            request.environ["HTTP_ACCEPT_ENCODING"] = ",".join(taken)
        compressed = super().after_request(response)
        if tag is not None:
            compressed.headers["ETag"] = tag
        return compressed


compress = Compression()
