"""What is said on the next page after an order about people, places, shifts and requests was given."""

from __future__ import annotations

from typing import Final

from admin_web.words import msg

ENTERED: Final = msg("Entered. Nobody can sign in with it before it has roles and a password.")
CHANGED: Final = msg("The change is kept.")
PASSWORD_SET: Final = msg("The password is set. After the next signing in another one has to be chosen.")
AUTHENTICATOR_GONE: Final = msg("The authenticator is taken away.")
LEFT: Final = msg("Signing in is over for this login, and open sessions have ended.")
BACK: Final = msg("This login may sign in again.")
SIGNED_OUT: Final = msg("All sessions of this login have ended.")
ROLE_KEPT: Final = msg("The role is kept. It holds from the next request of whoever has it.")
OPENED: Final = msg("The shift is open.")
CLOSED: Final = msg("The shift is closed.")
ASKED: Final = msg("The order is kept. It is carried out as soon as a second person approves it.")
ROLES_ASKED: Final = msg("The roles are asked for. Each is made as soon as a second person approves it.")
APPROVED: Final = msg("Approved, and carried out in the same moment.")
REFUSED: Final = msg("Refused. Nothing was carried out.")
WITHDRAWN: Final = msg("Withdrawn. Nothing was carried out.")
DONE: Final = msg("Carried out.")
CLOSED_EXCEPTION: Final = msg("The exception is closed.")
