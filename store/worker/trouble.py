"""What the database and the broker raise when they are out of reach: waited out, never a reason to end."""

import asyncpg


class BrokerOutOfReach(ConnectionError):
    """The broker did not take messages; `unsent` are the ids that it has not got."""

    def __init__(self, unsent: list[int], reason: Exception) -> None:
        super().__init__(f"the broker does not take messages: {reason}")
        self.unsent = unsent


OUT_OF_REACH: tuple[type[Exception], ...] = (
    OSError,  # TimeoutError is one of these
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # "the database system is shutting down"
    asyncpg.InsufficientResourcesError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
)
