"""Jobs that are hard to balance, each kind at several strengths: what scripts/bench/balance runs.

A scenario is a cluster profile and a manifest, made from a few numbers, and options of `evenkeel
simulate`. Virtual jobs take about 40 seconds, so that hundreds of them are done within minutes.
"""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

JOB_S = 40
NOISE = 0.03
MIXED = (200, 200, 100, 100, 100, 100, 50, 50)  # samples per second
SHORT_STEP = 8  # samples: a worker does hundreds of steps


@dataclass
class Scenario:
    kind: str
    strength: str
    mode: str
    ranks: list
    files: list  # pairs of samples and cost
    options: list
    more: dict = field(default_factory=dict)  # of the profile, beside the ranks
    weights: bool = False  # every policy gets the true first speeds
    hosts: list = None  # of each file, which hosts hold it; None: the manifest does not say
    free: bool = False  # the order of the samples does not matter: a scheduler may choose it

    @property
    def name(self):
        return f"{self.kind}: {self.strength}"

    def profile(self):
        return {"evenkeel_cluster": 1, **self.more, "ranks": self.ranks}

    def write(self, folder):
        """Returns the arguments that describe the job."""
        manifest, cluster = Path(folder) / "files.csv", Path(folder) / "cluster.json"
        rows = [[f"f{i}", samples, repr(cost)] for i, (samples, cost) in enumerate(self.files)]
        titles = ["path", "samples", "cost"]
        if self.hosts:
            titles.append("hosts")
            rows = [[*row, host] for row, host in zip(rows, self.hosts)]
        manifest.write_text("".join(",".join(map(str, row)) + "\n" for row in [titles, *rows]))
        cluster.write_text(json.dumps(self.profile()))
        weights = ",".join(str(rank["speed"]) for rank in self.ranks)
        return ["--manifest", str(manifest), "--cluster", str(cluster), "--mode", self.mode,
                *self.options, *(["--weights", weights] if self.weights else [])]


def ranks_at(speeds, **members):
    return [{"speed": speed, "noise": NOISE, **members} for speed in speeds]


def even_files(samples, files=20):
    each = max(1, round(samples / files))
    return [(each, float(each))] * files


def lease(kind, strength, ranks, files=None, options=(), epochs=1, step_samples=SHORT_STEP,
          idempotent=False, **more):
    if files is None:
        files = even_files(JOB_S * sum(rank["speed"] for rank in ranks) / epochs)
    given = ["--step-samples", str(step_samples), "--epochs", str(epochs), *options]
    if more.get("free"):
        given += ["--order", "free"]
    if idempotent:
        kind, given = f"{kind}, copies", [*given, "--idempotent"]
    return Scenario(kind, strength, "lease", ranks, files, given, **more)


def step(kind, strength, ranks, files=None, options=(), steps=1000, batch=256, **more):
    given = ["--global-batch", str(batch), "--steps", str(steps), *options]
    return Scenario(kind, strength, "step", ranks, files or even_files(steps * batch), given,
                    **more)


def both(kind, strength, ranks, **more):
    return [lease(kind, strength, ranks, **more), step(kind, strength, ranks, **more)]


def short_epochs():
    for slow in (30, 100, 300):
        for samples in (800, 1600, 6400):
            ranks = ranks_at([100] * 7 + [100 / slow])
            yield lease("short epochs, one slow", f"{slow}x, {samples} an epoch", ranks,
                        even_files(samples, 4), epochs=51200 // samples, step_samples=32)
    for samples in (800, 1600, 6400):
        yield lease("short epochs, one slow", f"300x, {samples} an epoch",
                    ranks_at([100] * 7 + [100 / 300]), even_files(samples, 4),
                    epochs=51200 // samples, step_samples=32, idempotent=True)
    for workers in (2, 16):
        ranks = ranks_at([100] * (workers - 1) + [1])
        yield lease("short epochs, one slow", f"100x, {workers} workers", ranks,
                    even_files(100 * workers, 4), epochs=40)


def few_steps():
    for steps in (24, 50, 150):
        yield step("few steps", f"{steps} on 8", ranks_at(MIXED), steps=steps)
        yield step("few steps, weights", f"{steps} on 8", ranks_at(MIXED), steps=steps,
                   weights=True)
    for ratio in (10, 30, 100):
        ranks = ranks_at([1000, 1000 / ratio])
        yield step("two workers, weights", f"1:{ratio}", ranks, steps=100, weights=True)
        yield lease("two workers, weights", f"1:{ratio}", ranks, weights=True)
    for workers, steps in ((100, 20), (100, 60), (300, 20), (1000, 20), (1000, 5)):
        ranks = ranks_at(MIXED * (workers // 8))
        files = even_files(steps * SHORT_STEP * len(ranks))
        strength = f"{len(ranks)} x {steps}"
        yield lease("few steps, weights", strength, ranks, files, weights=True)
        yield lease("few steps", strength, ranks, files)
    for workers, steps in ((104, 20), (1000, 5), (1000, 20)):
        for kind, speeds in (("alike", [100] * 8), ("mixed", MIXED)):
            ranks = [{"speed": speed, "noise": 0.3} for speed in speeds * (workers // 8)]
            yield lease("few steps that vary", f"{workers} x {steps}, {kind}", ranks,
                        even_files(steps * SHORT_STEP * workers))
    for workers in (64, 256):
        ranks = ranks_at(MIXED * (workers // 8))
        yield step("few steps, weights", f"5 on {workers}", ranks, steps=5, batch=32 * workers,
                   weights=True)
    yield step("steps of minutes, weights", "40", ranks_at([speed / 500 for speed in MIXED]),
               steps=40, weights=True)
    yield step("one 20x slower", "60 steps", ranks_at([100, 100, 100, 5]), steps=60)


def stalls():
    def noisy(**noise):
        return [{"speed": speed, "noise": noise} for speed in MIXED]

    for probability, factor in ((0.003, 10), (0.01, 10), (0.01, 30), (0.03, 10), (0.1, 3)):
        yield from both("rare stalls", f"{probability:.1%} {factor}x",
                        noisy(normal=NOISE, mixture=[probability, factor]))
    for exponent in (1.5, 1.8, 2.2, 3):
        yield from both("Pareto noise", f"exponent {exponent}", noisy(pareto=exponent))
    for sigma in (0.2, 0.4, 0.8):
        yield from both("log-normal noise", f"sigma {sigma}", noisy(lognormal=sigma))
    for every, length_s in ((20, 0.2), (50, 0.5), (100, 1)):
        pauses = {"every_steps": every, "seconds": length_s}
        yield from both("all pause", f"{length_s} s every {every}", ranks_at(MIXED, pauses=pauses))
        ranks = ranks_at(MIXED)
        for i, rank in enumerate(ranks):
            rank["pauses"] = {**pauses, "first_step": every + i * every // len(ranks)}
        yield from both("pauses in turn", f"{length_s} s every {every}", ranks)


def readmission():
    for slow, until_s in ((50, 18), (500, 5), (500, 18), (2000, 18)):
        ranks = ranks_at(MIXED)
        ranks[2].update(speed=100 / slow, phases=[[until_s, 100]])
        yield step("slow at first, may be left out", f"{slow}x for {until_s} s", ranks,
                   options=["--min-batch", "0"])
    for slow, until_s in ((20, 10), (100, 20)):
        ranks = ranks_at(MIXED)
        ranks[2].update(phases=[[5, 100 / slow], [5 + until_s, 100]])
        yield step("slow for a while, may be left out", f"{slow}x for {until_s} s", ranks,
                   options=["--min-batch", "0"])
        yield step("slow for a while, stand-ins", f"{slow}x for {until_s} s", ranks, batch=64,
                   steps=2000, options=["--min-batch", "0"], more={"stand_in": 1})
        yield lease("slow for a while", f"{slow}x for {until_s} s", ranks)
    for length_s in (3, 18):
        ranks = ranks_at(MIXED)
        ranks[2]["hangs"] = [[5, 5 + length_s]]
        yield step("one stall", f"{length_s} s", ranks, options=["--min-batch", "0"])
        yield lease("one stall", f"{length_s} s", ranks)


def slow_files():
    ordered = ["--shuffle", "none"]
    for factor in (5, 20, 50):
        for place, file in (("in the middle", 9), ("last", 19)):
            # The dear file makes a good part of the job, which stays as long.
            files = even_files(JOB_S * sum(MIXED) * 20 / (19 + factor))
            yield lease(f"slow file, {place}", f"{factor}x", ranks_at(MIXED), files, ordered,
                        more={"file_factors": [[file, factor]]})
        yield step("slow file", f"{factor}x", ranks_at(MIXED), steps=200, options=ordered,
                   more={"file_factors": [[9, factor]]})
    for factor in (1.5, 3, 10):
        ranks = ranks_at([100] * 4)
        for i, rank in enumerate(ranks):
            rank["file_factors"] = [[file, factor] for file in range(20) if file % 4 != i]
        yield lease("files local to a worker", f"elsewhere {factor}x", ranks, free=True)
        ranks = [{**rank, "host": f"h{i}"} for i, rank in enumerate(ranks)]
        yield lease("files local to a worker, declared", f"elsewhere {factor}x", ranks, free=True,
                    hosts=[f"h{file % 4}" for file in range(20)])


def declared_tails():
    for exponent in (1.1, 1.5, 2):
        for kind in ("files", "last file"):
            draw = random.Random(exponent)
            # None is a fiftieth of the job, so that the whole can be divided well.
            costs = [min(draw.paretovariate(exponent), 60) for _ in range(600)]
            if kind == "last file":
                costs.sort()
            scale = JOB_S * sum(MIXED) / sum(costs)
            files = [(SHORT_STEP, cost * scale) for cost in costs]
            yield lease(f"heavy {kind}, declared", f"exponent {exponent}", ranks_at(MIXED), files,
                        ["--shuffle", "none"], free=True)
    for exponent in (1.5, 3):
        draw = random.Random(exponent)
        files = [(1, draw.paretovariate(exponent)) for _ in range(12800)]
        yield step("heavy samples, declared", f"exponent {exponent}", ranks_at(MIXED), files,
                   steps=100, batch=128)


def shapes():
    for stair in (4, 8, 16, 32):
        yield step("stairs", f"of {stair}", ranks_at(MIXED, stair=stair))
    for exponent in (0.7, 1.5, 2):
        ranks = [{"speed": speed * 25 ** (exponent - 1), "noise": NOISE, "exponent": exponent}
                 for speed in MIXED]
        yield step("a power of the samples", f"n^{exponent}", ranks)
    for knee in (16, 32):
        ranks = ranks_at([speed / 100 for speed in MIXED],
                         curve=[[1, 0.1], [knee, 0.12], [2 * knee, 0.5], [4 * knee, 1.6]])
        yield step("a table of step times", f"knee at {knee}", ranks)
    yield step("stairs of two devices", "8 and 24",
               ranks_at([100] * 4, stair=8) + ranks_at([250] * 4, stair=24))
    for overhead_s in (0.05, 0.2):
        yield step("overheads", f"{overhead_s} s",
                   ranks_at(MIXED[:4]) + ranks_at(MIXED[4:], overhead_s=overhead_s))
    for steps, factor in ((5, 10), (20, 5), (50, 3)):
        ranks = ranks_at(MIXED)
        for rank in ranks[::2]:
            rank["warmup"] = [steps, factor]
        yield from both("warm-up of half", f"{steps} steps {factor}x", ranks)


def last_steps():
    for slow in (10, 30, 100):
        for share in (0.9, 0.98):
            ranks = ranks_at(MIXED)
            ranks[2]["phases"] = [[share * JOB_S, 100 / slow]]
            for idempotent in (False, True):
                yield lease("slower near the end", f"{slow}x at {share:.0%}", ranks,
                            step_samples=32, idempotent=idempotent)
    for factor in (3, 10):
        ranks = ranks_at(MIXED)
        ranks[2]["phases"] = [[10, 100 / factor]]
        ranks[5]["phases"] = [[20, 100 * factor]]
        yield step("two change", f"{factor}x", ranks)


def late_workers():
    for workers, share in ((1, 0.3), (4, 0.1), (4, 0.5), (7, 0.2)):
        ranks = ranks_at([100] * 8)
        for rank in ranks[:workers]:
            rank["starts_at"] = share * JOB_S
        yield lease("late", f"{workers} of 8 at {share:.0%}", ranks)


KINDS = (short_epochs, few_steps, stalls, readmission, slow_files, declared_tails, shapes,
         last_steps, late_workers)


def all_scenarios():
    return [scenario for kind in KINDS for scenario in kind()]
