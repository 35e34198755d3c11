"""What can go wrong, as exceptions that say what, where and what to do."""


class EvenkeelError(Exception):
    """Every error of evenkeel's; by itself, a call that no correct trainer makes."""


class NoAgentError(EvenkeelError):
    """This process was not started by evenkeel, or is not the one that may talk to it."""


class AgentLostError(EvenkeelError):
    """The agent ended without saying that the job is over, or says what is no protocol."""


class StateError(EvenkeelError):
    """A saved state does not belong to this job."""


class ModelError(EvenkeelError):
    """A model cannot be trained with unequal parts of a batch."""
