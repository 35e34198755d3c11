"""The state saved beside a model: training continues with the same samples, or not at all."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from .errors import StateError
from .job import Job

VERSION = 2

# The parts of a job's identity that the dataset determines. Options determine the rest, and have
# its names.
OF_THE_DATASET = ("files", "samples", "cost", "dataset fingerprint")


def state_of(job: Job, step: int, epoch: int) -> Dict[str, Any]:
    """The state of a job whose first unfinished step is `step`, in that epoch.

    In lease mode these are not a position; the ledger has it.
    """
    return {"evenkeel_state": VERSION, "identity": dict(job.identity), "epoch": epoch, "step": step}


def check_state(state: Mapping[str, Any], job: Job, step: int) -> None:
    """Raises StateError, one line per difference, unless the job, which continues with `step`, does
    so where the state was saved."""
    own = state_of(job, step, 0)
    if not isinstance(state, Mapping) or "evenkeel_state" not in state:
        raise StateError("this is no state of evenkeel's; give what state_dict() has returned")
    if state["evenkeel_state"] != VERSION:
        raise StateError(f"evenkeel_state is {state['evenkeel_state']!r} in the state, and this"
                         f" client knows {VERSION}; load it with the evenkeel that saved it")
    missing = [name for name in own if name not in state]
    if missing or not isinstance(state["identity"], Mapping):
        raise StateError(f"the state lacks {', '.join(missing) or 'its identity'}; give what"
                         " state_dict() has returned, whole")
    faults = _differences(state["identity"], own["identity"])
    if not faults and job.in_steps:
        faults = _position_faults(state, job, step)
    if faults:
        raise StateError("\n".join(faults))


def _differences(saved: Mapping[str, Any], own: Mapping[str, str]) -> List[str]:
    differing = [name for name in saved if saved[name] != own.get(name)]
    if "mode" in differing:  # what else differs follows from it
        differing = ["mode"]
    faults = []
    for name in differing:
        remedy = ("the manifest that the state was saved with" if name in OF_THE_DATASET
                  else f"--{name} {saved[name]}")
        faults.append(f"{name} is {saved[name]!r} in the state and {own.get(name)!r} in this job;"
                      f" start the job with {remedy}")
    lacking = [name for name in own if name not in saved]
    if lacking and not faults:
        faults = [f"the state lacks {', '.join(lacking)}; give what state_dict() has returned,"
                  " whole"]
    return faults


def _position_faults(state: Mapping[str, Any], job: Job, step: int) -> List[str]:
    """In step mode, the step is a position in the job."""
    if state["step"] != step:
        remedy = f"start the job with --first-step {state['step']}"
        if job.resumed_tag is not None:
            remedy = f"load the state that was saved under the tag {job.resumed_tag!r}"
        return [f"step is {state['step']!r} in the state and {step} in this job; {remedy}"]
    epoch = job.epoch_of(step)
    if state["epoch"] != epoch:
        return [f"epoch is {state['epoch']!r} in the state, and step {step} is in epoch {epoch};"
                " the state was changed after it was saved"]
    return []
