#!/usr/bin/env python3
"""The model card's table, from the report of run_eval.  usage: card_table.py REPORT.json [skill|language|skill_and_language]"""
import json
import pathlib
import sys


def interval(metric):
    return f"{metric['mean']:.3f} [{metric['low']:.3f}, {metric['high']:.3f}]"


def main(report, grouping="skill"):
    first, reranked = json.loads(pathlib.Path(report).read_text(encoding="utf-8"))["runs"][:2]
    print(f"| {grouping.replace('_', ' ')} | queries | nDCG@10 before | nDCG@10 after | MRR before | after | recall@50 | right at the top | pairs |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, group in reranked[f"by_{grouping}"].items():
        before, after = first[f"by_{grouping}"][name]["metrics"], group["metrics"]
        pairs = f"{after['pairs']['mean']:.3f}" if "pairs" in after else "–"
        print(f"| {name} | {group['queries']} | {interval(before['ndcg@10'])} | {interval(after['ndcg@10'])} | {before['mrr@10']['mean']:.3f} | {after['mrr@10']['mean']:.3f} | "
              f"{after['recall@50']['mean']:.3f} | {after['top1']['mean']:.3f} | {pairs} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
