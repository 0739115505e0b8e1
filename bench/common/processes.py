"""What Linux tells of running processes."""
import os
import pathlib


def children(pid):
    """Numbers of the processes that a process, any of its threads or any of those began, and that still run."""
    found = []
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        for child in (task / 'children').read_text(encoding='ascii').split():
            found += [int(child), *children(child)]
    return found


def processor_seconds(pids):
    """What their threads have run, in user and in kernel mode."""
    ticks = 0
    for pid in pids:
        # The name before the last bracket may hold anything.
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text(encoding='ascii').rsplit(')', 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf('SC_CLK_TCK')
