"""A scheduler for lease mode that knows beforehand how long every step takes on every worker.

It says where a makespan near the bound can be reached at all. It is simple: it deals the steps,
one by one, to the worker that will have finished that step first, in the order of the dataset.
Where the order is free it deals the longest first, to all workers or, if that ends sooner, to those
to which a step costs the least. Noise counts with its mean, and the steps of an epoch are cut as
without shuffle.
"""

import heapq

NEVER = float("inf")


def noise_mean(noise):
    if not isinstance(noise, dict) or "mixture" not in noise:
        return 1
    probability, factor = noise["mixture"]
    return 1 + probability * (factor - 1)


class Worker:
    """A rank of a cluster profile, and when it is done with the steps that it has."""

    def __init__(self, rank, common_factors):
        self.rank = rank
        self.phases = [(0, rank["speed"]), *map(tuple, rank.get("phases", []))]
        self.hangs = [*([[0, rank["starts_at"]]] if "starts_at" in rank else []),
                      *rank.get("hangs", [])]
        self.mean = noise_mean(rank.get("noise"))
        self.factors = dict(common_factors)
        for file, factor in rank.get("file_factors", []):
            self.factors[file] = self.factors.get(file, 1) * factor
        self.steps = 0
        self.free_s = 0

    def cost_of(self, parts):
        """The true cost of pairs of file and declared cost."""
        return sum(cost * self.factors.get(file, 1) for file, cost in parts)

    def end_of(self, parts):
        """When it would end another step, of such parts."""
        steps, factor = self.rank.get("warmup", (0, 1))
        left = self.cost_of(parts) * self.mean * (factor if self.steps < steps else 1)
        now_s = self.free_s + self._pause_s()
        for place, (_, speed) in enumerate(self.phases):
            until_s = self.phases[place + 1][0] if place + 1 < len(self.phases) else NEVER
            if until_s <= now_s:
                continue
            now_s, left = self._work(now_s, until_s, left, speed)
            if left == 0:
                break
        return now_s

    def take(self, end_s):
        self.steps += 1
        self.free_s = end_s

    def _pause_s(self):
        pauses = self.rank.get("pauses")
        if not pauses:
            return 0
        first = pauses.get("first_step", pauses["every_steps"])
        is_due = self.steps >= first and (self.steps - first) % pauses["every_steps"] == 0
        return pauses["seconds"] if is_due else 0

    def _work(self, now_s, until_s, left, speed):
        """Works at one speed, around the hangs; returns when, and what is left to do."""
        for from_s, to_s in [*self.hangs, (NEVER, NEVER)]:
            if to_s <= now_s:
                continue
            end_s = min(from_s, until_s)
            if end_s > now_s:
                if left <= (end_s - now_s) * speed:
                    return now_s + left / speed, 0
                left -= (end_s - now_s) * speed
            now_s = min(to_s, until_s)
            if now_s >= until_s:
                return until_s, left
        raise AssertionError("the last hang never begins")


def steps_of(files, step_samples, epochs):
    """The steps of a job, each as pairs of file and cost."""
    line = [(file, cost / samples) for file, (samples, cost) in enumerate(files)
            for _ in range(samples)]
    steps = []
    for begin in range(0, len(line), step_samples):
        parts = {}
        for file, cost in line[begin:begin + step_samples]:
            parts[file] = parts.get(file, 0) + cost
        steps.append(list(parts.items()))
    return steps * epochs


def makespan_s(profile, files, step_samples, epochs, free_order):
    common = {file: factor for file, factor in profile.get("file_factors", [])}
    steps = steps_of(files, step_samples, epochs)
    if free_order:
        steps.sort(key=lambda parts: -sum(cost * common.get(file, 1) for file, cost in parts))
    workers = [Worker(rank, common) for rank in profile["ranks"]]
    if all(map(is_steady, workers)):
        return deal_to_steady(workers, steps)
    ends_s = [deal(profile, common, steps, at_home) for at_home in (False, True)[:1 + free_order]]
    return min(ends_s)


def deal(profile, common, steps, at_home):
    """To all workers, or each step to those to which it costs the least."""
    workers = [Worker(rank, common) for rank in profile["ranks"]]
    for parts in steps:
        fit = workers
        if at_home:
            costs = [worker.cost_of(parts) for worker in workers]
            fit = [worker for worker, cost in zip(workers, costs) if cost == min(costs)]
        end_s, _, worker = min((worker.end_of(parts), place, worker)
                               for place, worker in enumerate(fit))
        worker.take(end_s)
    return max(worker.free_s for worker in workers)


def is_steady(worker):
    """Whether only its first speed and the cost of a step say how long that takes."""
    return not worker.rank.keys() - {"speed", "noise", "host"}


def deal_to_steady(workers, steps):
    """As makespan_s does, in less time where workers of one speed are many."""
    by_pace = {}  # when the workers of a pace are free
    for worker in workers:
        by_pace.setdefault(worker.mean / worker.rank["speed"], []).append(0.0)
    for parts in steps:
        cost = workers[0].cost_of(parts)
        end_s, pace = min((free[0] + cost * pace, pace) for pace, free in by_pace.items())
        heapq.heapreplace(by_pace[pace], end_s)
    return max(max(free) for free in by_pace.values())
