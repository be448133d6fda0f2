"""Compression of replies; Flask-Compress leaves event streams alone."""

from flask import Response
from flask_compress import Compress


class Compression(Compress):
    """Flask-Compress that leaves the ETag as it is: it names a version of the record, whatever the encoding."""

    def after_request(self, response: Response | None) -> Response:
        """Compress when the caller takes it."""
        tag = response.headers.get("ETag") if response is not None else None
        compressed = super().after_request(response)
        if tag is not None:
            compressed.headers["ETag"] = tag
        return compressed


compress = Compression()
