"""gunicorn's door: `gunicorn wsgi:app`."""

from digisence import create_app

app = create_app()
