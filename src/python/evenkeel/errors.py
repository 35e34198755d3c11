"""Exceptions; their texts say what is wrong, where, and what to do."""


class EvenkeelError(Exception):
    """The base class of all errors; raised itself for incorrect calls."""


class NoAgentError(EvenkeelError):
    """This process was not started by evenkeel, or is not the one connected to it."""


class AgentLostError(EvenkeelError):
    """The agent ended before the job was over, or violated the protocol."""


class StateError(EvenkeelError):
    """A saved state does not belong to this job."""


class ModelError(EvenkeelError):
    """A model cannot be trained with unequal parts of a batch."""
