"""What the outside can do to a command, said so that a user knows what to do next."""

from __future__ import annotations

from aiokafka.errors import KafkaConnectionError, KafkaError

from services.cli.show import FOUND_WRONG, OUTSIDE_FAILED, WRONG_USE, Failure
from shared.broker import BrokerError
from shared.settings import BadSetting


def explained(error: Exception) -> Failure:
    """Return *error* as a cause and an advice; an error of ours says how to see its trace."""
    advice, code = "", OUTSIDE_FAILED
    match error:
        case BrokerError():
            cause = str(error)
        case KafkaConnectionError():
            cause, advice = f"no Kafka answers: {error}", "start one with: ./khabar broker start"
        case KafkaError():
            cause = f"Kafka: {error}"
        case BadSetting():
            cause, code = str(error), WRONG_USE
        case FileNotFoundError():
            cause, code = f"{error.filename or error} is not there", WRONG_USE
        case OSError():
            cause = f"{error.filename or ''}: {error.strerror or error}".lstrip(": ")
        case _:
            cause, code = f"{type(error).__name__}: {error}", FOUND_WRONG
            advice = "this is a fault of ours; see its trace with --debug"
    return Failure(cause, advice, code=code)
