#!/usr/bin/env python3
"""Where a work's time goes, kernel by kernel: reads Nsight Compute's table and adds up durations by name.

  ncu --profile-from-start off --clock-control none --metrics gpu__time_duration.sum --csv \\
    build/release/bench/gpu/vl-rerank-gpu-bench --profile --repeat 1 --model DIR --inputs text_50x256.safetensors | bench/gpu/kernels.py
"""
import collections, csv, re, sys

lines = [line for line in sys.stdin if line.startswith('"')]
total = collections.defaultdict(lambda: [0, 0.0])
for row in csv.DictReader(lines):
    name = re.sub(r'^void ', '', row['Kernel Name']).replace('<unnamed>::', '').replace('(anonymous namespace)::', '')
    name = re.sub(r'<.*', '', name) if 'cutlass' not in name and 'elementwise' not in name else name
    total[name[:110]][0] += 1
    total[name[:110]][1] += float(row['Metric Value'].replace(',', '')) * {'ns': 1e-6, 'nsecond': 1e-6, 'us': 1e-3, 'usecond': 1e-3, 'ms': 1, 'msecond': 1}[row['Metric Unit']]
everything = sum(time for _, time in total.values())
print(f'{everything:9.2f} ms in {sum(count for count, _ in total.values())} kernels')
for name, (count, time) in sorted(total.items(), key=lambda item: -item[1][1])[:22]:
    print(f'{time:9.2f} ms {100 * time / everything:5.1f} % {count:6d} {name}')
