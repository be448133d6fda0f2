"""Who may come in: passwords, sign-ins and the sessions they open, the first superadmin."""

from .client import Client
from .sign_in import SignIn, change_password, sign_in
from .superadmins import create_superadmin, first_superadmin

__all__ = ["Client", "SignIn", "change_password", "create_superadmin", "first_superadmin", "sign_in"]
