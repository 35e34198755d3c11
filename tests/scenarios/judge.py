"""How every policy does in a scenario, against the default."""

import json
import statistics
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import clairvoyant

NEED_WEIGHTS = ("weighted", "wf")  # without --weights, a simulation tells them the true speeds


@dataclass
class Verdict:
    adaptive: float  # makespan over the bound: the median of the runs
    other: float  # the best other policy
    policy: str
    equal: float
    clairvoyant: float
    behind: float | None  # as a ratio of geometric means; None: no policy is significantly better


def _simulate(program, scenario, options):
    """The JSON report; raises RuntimeError if the job cannot be done."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run([program, "simulate", *scenario.write(folder), "--report", report,
                               *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{scenario.name}: {done.stderr.strip() or 'not complete'}")
        return json.loads(report.read_text())


def _ratio(row):
    return statistics.median(makespan_s / bound_s for makespan_s, bound_s
                             in zip(row["makespan_s"], row["bound_s"]))


def _lease_clairvoyant_s(scenario):
    given = dict(zip(scenario.options[::2], scenario.options[1::2]))
    return clairvoyant.makespan_s(scenario.profile(), scenario.files,
                                  int(given["--step-samples"]), int(given["--epochs"]),
                                  scenario.free)


def _step_clairvoyant_s(program, scenario, bound_s):
    """An oracle, which without weights learns all that it knows from one equal step."""
    if scenario.weights:
        return bound_s
    options = [*scenario.options]
    options[options.index("--steps") + 1] = "1"
    first = _simulate(program, replace(scenario, options=options), ["--policy", "static"])
    return bound_s + first["makespan_s"] - first["bound_s"]


def judge(program, scenario, runs):
    compared = _simulate(program, scenario,
                         ["--policy", "all", "--vs", "adaptive", "--runs", str(runs)])
    rows = {row["policy"]: row for row in compared["policies"]}
    own, equal = rows.pop("adaptive"), rows["static"]
    if not scenario.weights:
        rows = {name: row for name, row in rows.items() if name not in NEED_WEIGHTS}
    best = min(rows.values(), key=lambda row: row["ratio"])
    bound_s = statistics.median(own["bound_s"])
    best_s = (_lease_clairvoyant_s(scenario) if scenario.mode == "lease"
              else _step_clairvoyant_s(program, scenario, bound_s))
    return Verdict(_ratio(own), _ratio(best), best["policy"], _ratio(equal), best_s / bound_s,
                   1 / best["ratio"] if best["standing"] == "better" else None)
