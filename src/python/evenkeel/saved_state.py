"""What is saved beside a model, so that training goes on with the same samples or not at all."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from .errors import StateError
from .job import Job

VERSION = 1

# What has to be the same in the job that goes on, and what to do if it is not.
MUST_AGREE = {
    "mode": "start the job with --mode {}",
    "fingerprint": "start the job with the manifest that the state was saved with",
    "samples": "start the job with the manifest that the state was saved with",
    "shard_samples": "start the job with --shard-samples {}",
    "seed": "start the job with --seed {}",
    "shuffle": "start the job with --shuffle {}",
    "shuffle_block": "start the job with --shuffle-block {}",
    "global_batch": "start the job with --global-batch {}",
    "micro_batch": "start the job with --micro-batch {}",
    "last": "start the job with --last {}",
    "step_samples": "start the job with --step-samples {}",
}


def state_of(job: Job, step: int, epoch: int) -> Dict[str, Any]:
    """The state of a job whose next step that is not done is `step`, of that epoch.

    In lease mode they are no position: that is the ledger's.
    """
    return {
        "evenkeel_state": VERSION,
        "mode": job.mode,
        "fingerprint": job.dataset.fingerprint,
        "samples": job.dataset.samples,
        "shard_samples": job.shard_samples,
        "seed": job.seed,
        "shuffle": job.shuffle,
        "shuffle_block": job.shuffle_block if job.shuffle == "block" else None,
        "global_batch": job.global_batch,
        "micro_batch": job.micro_batch,
        "last": job.last,
        "step_samples": job.step_samples,
        "epoch": epoch,
        "step": step,
    }


def check_state(state: Mapping[str, Any], job: Job) -> None:
    """Raises StateError, a line a difference, unless the job goes on where the state was saved."""
    own = state_of(job, job.first_step, 0)
    if not isinstance(state, Mapping) or "evenkeel_state" not in state:
        raise StateError("this is no state of evenkeel's; give what state_dict() has returned")
    if state["evenkeel_state"] != VERSION:
        raise StateError(f"evenkeel_state is {state['evenkeel_state']!r} in the state, and this"
                         f" client knows {VERSION}; load it with the evenkeel that saved it")
    missing = [name for name in own if name not in state]
    if missing:
        raise StateError(f"the state lacks {', '.join(missing)}; give what state_dict() has"
                         " returned, whole")
    faults = _differences(state, own)
    if not faults and job.in_steps:
        faults = _position_faults(state, job)
    if faults:
        raise StateError("\n".join(faults))


def _differences(state: Mapping[str, Any], own: Mapping[str, Any]) -> List[str]:
    differing = [name for name in MUST_AGREE if state[name] != own[name]]
    # What does not apply (None) on one side does so because the mode or the shuffle is another.
    both = [name for name in differing if state[name] is not None and own[name] is not None]
    return [f"{name} is {state[name]!r} in the state and {own[name]!r} in this job; "
            + MUST_AGREE[name].format(state[name]) for name in both or differing]


def _position_faults(state: Mapping[str, Any], job: Job) -> List[str]:
    """A step of step mode is a place in the job."""
    step = state["step"]
    if step != job.first_step:
        remedy = f"start the job with --first-step {step}"
        if job.resumed_tag is not None:
            remedy = f"load the state that was saved under the tag {job.resumed_tag!r}"
        return [f"step is {step!r} in the state and {job.first_step} in this job; {remedy}"]
    epoch = job.epoch_of(job.first_step)
    if state["epoch"] != epoch:
        return [f"epoch is {state['epoch']!r} in the state, and step {step} is in epoch {epoch};"
                " the state was changed after it was saved"]
    return []
