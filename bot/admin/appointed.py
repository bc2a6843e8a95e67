"""Those whom the configuration names, as the homeserver knows them."""

from __future__ import annotations

from http import HTTPStatus

from bot.config.keys import Configuration
from bot.matrix.transport import MatrixError, Transport, UnreachableError


async def unknown_people(configuration: Configuration, transport: Transport) -> list[tuple[str, str]]:
    """The coordinators and moderators whom their homeserver does not know, each with the key that names them.

    Whoever registers such a name would have the role. Who can't be asked about counts as known.
    """
    found = []
    for key in ("coordinators", "moderators"):
        for user in getattr(configuration, key):
            try:
                await transport.display_name(user)
            except MatrixError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    found.append((key, user))
            except UnreachableError:
                if user.partition(":")[2] == configuration.server:
                    raise
    return found
