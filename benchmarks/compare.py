"""plainweave beside its peers: `python benchmarks/compare.py [GROUP ...] [--threads 1 2]`.

The groups are those of `cases.py`, and the sweeps of `sweeps.py`, in which one thing grows. Every side
trains, or predicts, in a process of its own, pinned to as many cores as it has threads; what is not installed
is left out. Prints a table for each case, and writes GROUP-THREADS.json and GROUP.md into the folder given by
--out, from which `tell.py` makes tables and pictures.
"""

import sys
from dataclasses import replace

from cases import GROUPS, Case
from measure import measure, options_of
from results import Measured, keep, table, tables, unlike
from sweeps import SWEEPS


def main() -> None:
    """Measure, show, write down, and check that every side did the same."""
    groups = GROUPS | {name: sweep.cases for name, sweep in SWEEPS.items()}
    options = options_of(__doc__, turns=11, names=tuple(groups), threads=(1, 2))
    complaints: list[str] = []
    for threads in options.threads:
        for group in options.names or groups:
            measured = []
            for case in groups[group]:
                measured.append(_measured(case, threads, options.turns))
                print(f"\n{group}: {case.title}\n\n{table(measured[-1:])}", flush=True)
                if group in GROUPS:  # after the few epochs of a sweep networks may differ yet
                    complaints += [f"{case.title}: {name}" for name in unlike(measured[-1])]
            keep(options.out, group, threads, measured)
            (options.out / f"{group}.md").write_text(tables(options.out, group) + "\n", encoding="utf-8")
    if complaints:
        sys.exit("did not do as well as the others: " + "; ".join(complaints))


def _measured(case: Case, threads: int, turns: int) -> Measured:
    work = replace(case.work, threads=threads)
    return Measured(case.title, work, measure(case.sides, work, turns=turns))


if __name__ == "__main__":
    main()
