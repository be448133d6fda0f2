"""Compression of replies; Flask-Compress leaves event streams alone."""

from flask_compress import Compress

compress = Compress()
