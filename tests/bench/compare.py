"""`make bench`: the streamer beside nginx and Caddy, in one run, on one machine.

Rounds are interleaved: each subject in turn, then each again, and so all meet the same machine.
"""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import report
from bench.cases import CASES, Bench, Case
from bench.load import Wrk
from bench.options import Options
from bench.origin import advancing
from bench.processes import PACKAGES, cores, needed
from bench.subjects import Site
from support.servers import repository

DOCUMENT = repository() / "docs/performance.md"
MEMORY = Path("/dev/shm")


def compare(options: Options) -> bool:
    """Run the cases that were asked for; tell, and write down. Return whether there were any."""
    for program in PACKAGES:
        needed(program)
    chosen = [case for case in CASES if any(word in case.name for word in options.only or ("",))]
    if not chosen:
        report.say(f"ONLY: the cases are {', '.join(case.name for case in CASES)}")
        return False
    os.sched_setaffinity(0, {cores()[1]})
    sections = {"machine": report.machine()}
    with ExitStack() as stack:
        bench = opened(stack, options)
        for case in chosen:
            rounds = measured(bench, case)
            report.say(report.terminal(case, rounds))
            sections[case.name] = report.markdown(case, rounds)
    if options.write or not options.only:
        report.write(DOCUMENT, sections)
    return True


def opened(stack: ExitStack, options: Options) -> Bench:
    """Return a bench whose site is there while the stack is."""
    where = MEMORY if MEMORY.is_dir() else None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=where, ignore_cleanup_errors=True)))
    site = Site(stack, folder)
    stack.enter_context(advancing(site.origin))
    bench = Bench(site, Wrk(folder), rounds=options.rounds, seconds=options.seconds)
    bench.prepare()
    return bench


def measured(bench: Bench, case: Case) -> report.Rounds:
    """Take all samples of a case, the warm-up first."""
    subjects = [bench.site.subject(name) for name in case.subjects]
    rounds: report.Rounds = {subject.name: [] for subject in subjects}
    for number in range(bench.rounds + 1):
        for subject in subjects:
            sample = case.take(bench, subject, number)
            if number:
                rounds[subject.name].append(sample)
    return rounds
