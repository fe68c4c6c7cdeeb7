"""What the outside can do to a command, said so that a user knows what to do next."""

from __future__ import annotations

from aiokafka.errors import KafkaConnectionError, KafkaError

from services.cli.speech import FOUND_WRONG, OUTSIDE_FAILED, WRONG_USE, Failure
from services.replay.changing import CannotChange
from services.replay.planning import CannotPlan
from shared.broker.node import BrokerError
from shared.kafka.access.refusals import Refused, refusal
from shared.kafka.stretches import Standstill
from shared.settings import BadSetting, Settings
from shared.wire.state_version import OtherState


def explained(error: Exception) -> Failure:
    """Return *error* as a cause and an advice; an error of ours says how to see its trace."""
    advice, code = "", OUTSIDE_FAILED
    match error:
        case BrokerError() | OtherState():
            cause = str(error)
        case BadSetting():
            cause, code = str(error), WRONG_USE
        case Refused():
            cause = str(error)
        case KafkaConnectionError():
            cause, advice = f"no Kafka answers: {error}", "start one with: ./khabar broker start"
        case Standstill():
            cause = f"Kafka: {error}"
            advice = "an open transaction holds them; if it stays so: ./khabar broker repair"
        case KafkaError():
            cause = refusal(error, Settings.from_env()) or f"Kafka: {error}"
        case CannotPlan() | CannotChange():
            cause, code = str(error), WRONG_USE
        case FileNotFoundError():
            cause, code = f"{error.filename or error} is not there", WRONG_USE
        case OSError():
            cause = f"{error.filename or ''}: {error.strerror or error}".lstrip(": ")
        case _:
            cause, code = f"{type(error).__name__}: {error}", FOUND_WRONG
            advice = "this is a fault of ours; see its trace with --debug"
    return Failure(cause, advice, code=code)
