"""What the outside can do to a command, said so that a user knows what to do next."""

from __future__ import annotations

from aiokafka.errors import KafkaConnectionError, KafkaError

from services.cli.show import FOUND_WRONG, OUTSIDE_FAILED, WRONG_USE, Failure
from shared.broker import BrokerError
from shared.settings import BadSetting


def explained(error: Exception) -> Failure:
    """Return *error* as a cause and an advice; an error of ours says how to see its trace."""
    match error:
        case BrokerError():
            return Failure(str(error), code=OUTSIDE_FAILED)
        case KafkaConnectionError():
            return Failure(f"no Kafka answers: {error}", "start one with: ./khabar broker start", code=OUTSIDE_FAILED)
        case KafkaError():
            return Failure(f"Kafka: {error}", code=OUTSIDE_FAILED)
        case BadSetting():
            return Failure(str(error), code=WRONG_USE)
        case FileNotFoundError():
            return Failure(f"{error.filename or error} is not there", code=WRONG_USE)
        case _:
            return Failure(f"{type(error).__name__}: {error}", "this is a fault of ours; see its trace with --debug", code=FOUND_WRONG)
