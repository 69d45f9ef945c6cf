"""What the database and the broker raise when they are out of reach: waited out, never a reason to end."""

import asyncpg

# A RuntimeError of our own comes from a pool that isn't open; InterfaceError from a connection that broke meanwhile.
OUT_OF_REACH: tuple[type[Exception], ...] = (
    OSError,  # TimeoutError is one of these
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # "the database system is shutting down"
    asyncpg.InsufficientResourcesError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
)
